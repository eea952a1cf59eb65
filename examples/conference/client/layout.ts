/** The layout of tiles: pure functions, which are tested without a browser. */

export interface Layout {
  columns: number;
  rows: number;
  /** The size of one tile, in CSS pixels. */
  width: number;
  height: number;
}

/** Pictures are cropped within these bounds: cameras send 16:9, and a face still fits into 4:3. */
const aspectMax = 16 / 9;
const aspectMin = 4 / 3;

/**
 * Finds the grid in which `count` tiles are largest, all in CSS pixels. If they would be narrower than
 * `widthMin`, a row has as many tiles as fit, and the grid scrolls.
 */
export function fitTiles(
  count: number,
  area: { width: number; height: number },
  gap: number,
  widthMin: number,
): Layout {
  const columnsFitting = Math.max(1, Math.floor((area.width + gap) / (widthMin + gap)));
  const columnsMax = Math.min(Math.max(count, 1), columnsFitting);
  let best: Layout | undefined;
  for (let columns = 1; columns <= columnsMax; columns++) {
    const rows = Math.ceil(Math.max(count, 1) / columns);
    const tile = fill((area.width + gap) / columns - gap, (area.height + gap) / rows - gap);
    if (tile.width < widthMin) continue;
    if (!best || tile.width * tile.height >= best.width * best.height) {
      best = { columns, rows, ...tile };
    }
  }
  const widest = (area.width + gap) / columnsMax - gap;
  return best ?? {
    columns: columnsMax,
    rows: Math.ceil(Math.max(count, 1) / columnsMax),
    ...fill(widest, widest / aspectMax),
  };
}

/** The largest tile in a cell of the grid. */
function fill(width: number, height: number): { width: number; height: number } {
  return {
    width: Math.floor(Math.max(0, Math.min(width, height * aspectMax))),
    height: Math.floor(Math.max(0, Math.min(height, width / aspectMin))),
  };
}
