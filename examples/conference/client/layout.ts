/** Where tiles go. Pure, so that it is tested without a browser. */

export interface Layout {
  columns: number;
  rows: number;
  /** Of one tile, in CSS pixels. */
  width: number;
  height: number;
}

/** Pictures are cut to fit, within these bounds: cameras are 16:9, a face still fits into 4:3. */
const aspectMax = 16 / 9;
const aspectMin = 4 / 3;

/**
 * Finds the grid that makes `count` tiles largest in an area, all in CSS pixels. When they would get
 * narrower than `widthMin`, as many as fit stand side by side and the grid scrolls.
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
