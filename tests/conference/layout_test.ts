import assert from "node:assert/strict";
import { test } from "node:test";
import { fitTiles } from "../../examples/conference/client/layout.ts";

test("tiles fill the area, whatever its shape", () => {
  const table: [count: number, width: number, height: number, columns: number, rows: number][] = [
    [1, 1600, 900, 1, 1],
    [2, 1600, 900, 2, 1],
    [2, 400, 800, 1, 2],
    [4, 1600, 900, 2, 2],
    [5, 390, 700, 1, 5],
    [7, 1100, 600, 3, 3],
    [30, 1280, 620, 6, 5],
  ];
  for (const [count, width, height, columns, rows] of table) {
    const layout = fitTiles(count, { width, height }, 10, 150);
    assert.deepEqual([layout.columns, layout.rows], [columns, rows], `${count} in ${width}`);
    assert.ok(layout.width * columns + 10 * (columns - 1) <= width);
    assert.ok(layout.height * rows + 10 * (rows - 1) <= height);
  }
});

test("tiles grow taller than a camera's picture where there is room, up to 4:3", () => {
  const area = { width: 390, height: 700 };
  assert.deepEqual(fitTiles(1, area, 10, 150), { columns: 1, rows: 1, width: 390, height: 292 });
  assert.deepEqual(fitTiles(2, area, 10, 150), { columns: 1, rows: 2, width: 390, height: 292 });
  assert.deepEqual(fitTiles(3, area, 10, 150), { columns: 1, rows: 3, width: 390, height: 226 });
});

test("a crowd on a phone scrolls instead of shrinking away", () => {
  const layout = fitTiles(40, { width: 390, height: 700 }, 10, 150);
  assert.deepEqual([layout.columns, layout.rows, layout.width], [2, 20, 190]);
});

test("nobody, and no room at all, are borne", () => {
  assert.equal(fitTiles(0, { width: 800, height: 450 }, 10, 150).width, 800);
  assert.equal(fitTiles(3, { width: 0, height: 0 }, 10, 150).columns, 1);
});
