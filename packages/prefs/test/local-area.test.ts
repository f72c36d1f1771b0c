import { describe, expect, test } from "vitest";
import { localArea, type StorageLike } from "../src/browser/index.ts";
import { storageOf } from "./fake-storage.ts";

const forbidden = (): never => {
  throw new DOMException("not here", "SecurityError");
};

describe("a storage with room", () => {
  test("keeps texts, and writes nothing that it was not asked for", () => {
    const storage = storageOf(100);
    const area = localArea(() => storage);
    expect([...storage.held]).toEqual([]);
    expect(area.set("a", "1")).toBe(true);
    expect([area.get("a"), area.get("b"), area.keys(), area.persistent, area.inMemory("a")]).toEqual(["1", undefined, ["a"], true, false]);
    expect(area.remove("a")).toBe(true);
    expect([...storage.held]).toEqual([]);
  });
});

describe("a full storage", () => {
  test("leaves what does not fit in memory, where it is found, and stores it as soon as it fits", () => {
    const storage = storageOf(20, { theirs: "x".repeat(10) });
    const area = localArea(() => storage);
    expect(area.set("mine", "12345")).toBe(false);
    expect([area.get("mine"), area.inMemory("mine"), storage.held.get("mine"), area.persistent]).toEqual(["12345", true, undefined, true]);
    expect(area.keys().sort()).toEqual(["mine", "theirs"]);
    storage.removeItem("theirs");
    expect(area.set("mine", "12345")).toBe(true);
    expect([area.inMemory("mine"), storage.held.get("mine")]).toEqual([false, "12345"]);
  });

  test("shows the newer text of this page over the older one that is stored, until another tab stores one", () => {
    const storage = storageOf(10, { mine: "1" });
    const area = localArea(() => storage);
    area.set("mine", "1".repeat(50));
    expect([area.get("mine")?.length, storage.held.get("mine")]).toEqual([50, "1"]);
    storage.setItem("mine", "2");
    area.forget("mine");
    expect(area.get("mine")).toBe("2");
  });
});

describe.each([
  ["a forbidden storage", forbidden],
  ["no storage", (): undefined => undefined],
  ["a storage that cannot be read", (): StorageLike => ({ ...storageOf(10), getItem: forbidden })],
])("%s", (_, open) => {
  test("is memory, and says so", () => {
    const area = localArea(open);
    expect(area.persistent).toBe(false);
    expect(area.set("a", "1")).toBe(false);
    expect([area.get("a"), area.keys(), area.inMemory("a")]).toEqual(["1", ["a"], true]);
    expect(area.remove("a")).toBe(true);
    expect(area.get("a")).toBeUndefined();
  });
});

test("a storage that is taken away while the page runs throws nothing", () => {
  const storage = storageOf(100, { a: "1" });
  const area = localArea(() => storage);
  Object.assign(storage, { getItem: forbidden, setItem: forbidden, removeItem: forbidden, key: forbidden });
  expect([area.get("a"), area.set("b", "2"), area.get("b"), area.remove("a"), area.keys()]).toEqual([undefined, false, "2", false, ["b"]]);
});
