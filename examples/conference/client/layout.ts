/** Where tiles go. Pure, so that it is tested without a browser. */

export interface Layout {
  columns: number;
  rows: number;
  /** Of one tile, in CSS pixels. */
  width: number;
  height: number;
}

const tileAspect = 16 / 9;

/**
 * Finds the grid that makes `count` tiles of 16:9 largest in an area, all in CSS pixels. When they
 * would get narrower than `widthMin`, as many as fit stand side by side and the grid scrolls.
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
    const byHeight = ((area.height - gap * (rows - 1)) / rows) * tileAspect;
    const width = Math.min(widthOf(columns, area.width, gap), byHeight);
    if (width >= (best?.width ?? widthMin)) best = layout(columns, rows, width);
  }
  return best ?? layout(
    columnsMax,
    Math.ceil(Math.max(count, 1) / columnsMax),
    widthOf(columnsMax, area.width, gap),
  );
}

function widthOf(columns: number, areaWidth: number, gap: number): number {
  return (areaWidth - gap * (columns - 1)) / columns;
}

function layout(columns: number, rows: number, width: number): Layout {
  return { columns, rows, width: Math.floor(width), height: Math.floor(width / tileAspect) };
}
