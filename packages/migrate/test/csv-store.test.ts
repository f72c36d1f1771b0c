// What a CSV file keeps, how it is added to, and what is refused.
import { readFileSync, writeFileSync } from "node:fs";
import { csvStore } from "@td/migrate";
import { expect, test } from "vitest";
import { file } from "./workbench.ts";

const BOOK = 'id,price,note\r\n1,1.50,"a ""b"""\r\n2,,\r\n';

test("new records are added at the end, in the file's own line endings; changed ones in their place", async () => {
  const path = file(BOOK);
  const store = csvStore(path, { key: "id" });
  await store.put([{ key: "3", value: { id: "3", price: "7", note: "x,y" } }]);
  expect(readFileSync(path, "utf8")).toBe(`${BOOK}3,7,"x,y"\r\n`);
  await store.put([{ key: "2", value: { id: "2", price: "9", note: "" } }]);
  expect(readFileSync(path, "utf8")).toBe('id,price,note\r\n1,1.50,"a ""b"""\r\n2,9,""\r\n3,7,"x,y"\r\n');
  await store.delete(["1"]);
  expect(readFileSync(path, "utf8")).toBe('id,price,note\r\n2,9,""\r\n3,7,"x,y"\r\n');
});

test("a last line without an ending is refused when it may be cut in its last cell, and counts or not as it is told", async () => {
  const whole = file("id,price\n1,5\n2,6");
  const refused = { code: "store-malformed", facts: { problem: "last-line", where: "record 2" } };
  await expect(csvStore(whole, { key: "id" }).get("1")).rejects.toMatchObject(refused);
  await expect(csvStore(whole, { key: "id" }).put([{ key: "3", value: { id: "3" } }])).rejects.toMatchObject(refused);
  const store = csvStore(whole, { key: "id", lastLine: "whole" });
  expect(await store.get("2")).toEqual({ id: "2", price: "6" });
  await store.put([{ key: "3", value: { id: "3", price: "7" } }]);
  expect(readFileSync(whole, "utf8")).toBe("id,price\n1,5\n2,6\n3,7\n");
  expect(await csvStore(whole, { key: "id" }).get("3")).toEqual({ id: "3", price: "7" });
});

test("whatever the power leaves of the last line, no cut value is read, and no other record is lost", async () => {
  const line = '4,"6""4",7\n';
  for (let cut = 1; cut < line.length; cut++) {
    const path = file(`id,price,note\n1,5,\n${line.slice(0, cut)}`);
    const cautious = await csvStore(path, { key: "id" })
      .get("4")
      .catch((error: unknown) => (error as { readonly code?: unknown }).code);
    expect([undefined, "store-malformed"]).toContain(cautious);
    const store = csvStore(path, { key: "id", lastLine: "torn" });
    expect([await store.get("4"), (await store.get("1"))?.["price"]]).toEqual([undefined, "5"]);
    await store.put([{ key: "5", value: { id: "5", price: "8", note: null } }]);
    expect(readFileSync(path, "utf8")).toBe("id,price,note\n1,5,\n5,8,\n");
  }
});

test("a last line with too few cells was never written to its end, unless all lines are said to be whole", async () => {
  const path = file("id,price\n1,5\n4");
  expect(await csvStore(path, { key: "id" }).get("4")).toBeUndefined();
  await expect(csvStore(path, { key: "id", lastLine: "whole" }).get("1")).rejects.toMatchObject({ facts: { problem: "malformed" } });
  await csvStore(path, { key: "id" }).put([{ key: "5", value: { id: "5", price: "8" } }]);
  expect(readFileSync(path, "utf8")).toBe("id,price\n1,5\n5,8\n");
});

test("a file that is broken, and a record that does not fit it, are refused", async () => {
  for (const [text, code] of [
    ["id,price\n1\n2,3\n", "store-malformed"],
    ["a,b\n1,2\n", "store-malformed"],
    ["id,price\n,2\n", "store-malformed"],
    ['id,price\n1,"2\n', "store-malformed"],
    ["id,price\n1,2\n1,3\n", "duplicate-key"],
  ] as const)
    await expect(csvStore(file(text), { key: "id" }).get("1")).rejects.toMatchObject({ code });
  const path = file("id,price\n");
  const store = csvStore(path, { key: "id" });
  await expect(store.put([{ key: "1", value: { id: "1", size: "2" } }])).rejects.toMatchObject({ code: "record-refused" });
  await expect(store.put([{ key: "1", value: { id: "2" } }])).rejects.toMatchObject({ code: "record-refused" });
  await expect(store.put([{ key: "\uD800", value: { id: "\uD800" } }])).rejects.toMatchObject({ code: "record-refused" });
  expect(readFileSync(path, "utf8")).toBe("id,price\n");
});

test("a file in another program's hand is read anew", async () => {
  const path = file("id,price\n1,5\n");
  const store = csvStore(path, { key: "id" });
  expect(await store.get("1")).toEqual({ id: "1", price: "5" });
  writeFileSync(path, "id,price,venue\n1,6,x\n");
  expect(await store.get("1")).toEqual({ id: "1", price: "6", venue: "x" });
});

test("a key of white space in the only column is a record, not a blank line", async () => {
  const store = csvStore(file("id\n"), { key: "id" });
  await store.put([{ key: " ", value: { id: " " } }]);
  expect(await store.get(" ")).toEqual({ id: " " });
});
