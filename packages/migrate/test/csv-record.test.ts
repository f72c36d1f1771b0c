import { describe, expect, test } from "vitest";
import { readCells } from "../src/core/csv-record.ts";
import { Rejection } from "../src/core/reasons.ts";
import { findCsvRecord, findLine } from "../src/core/records.ts";

describe("the cells of a CSV record", () => {
  test.each([
    ["a,b,c", ["a", "b", "c"]],
    ["a,,c", ["a", null, "c"]],
    [",", [null, null]],
    ['"",x', ["", "x"]],
    ['"a,b",c', ["a,b", "c"]],
    ['"say ""hi""",c', ['say "hi"', "c"]],
    ['"two\r\nlines",c', ["two\r\nlines", "c"]],
    ['a,"b"', ["a", "b"]],
    ['""""', ['"']],
    ['a,"",', ["a", "", null]],
    [" a , b ", [" a ", " b "]],
  ])("%j", (text, cells) => {
    expect(readCells(text, ",")).toEqual(cells);
  });

  test.each(['a"b,c', '"a"b,c', '"a', '"a""', 'x,"a', 'x,"a" ,b'])("%j is malformed", (text) => {
    const result = readCells(text, ",");
    expect(result).toBeInstanceOf(Rejection);
    expect((result as Rejection).reason).toBe("malformed-csv");
  });

  test("take another delimiter", () => {
    expect(readCells('a;"b;c";d,e', ";")).toEqual(["a", "b;c", "d,e"]);
  });
});

/** All records of a text, cut at once or with more bytes asked for. */
function cutAll(text: string, find: typeof findLine): readonly string[] {
  const records: string[] = [];
  for (let from = 0; from < text.length;) {
    const extent = find(text, from, true);
    if (extent === null) throw new Error("no answer at the end");
    records.push(text.slice(extent.start, extent.end));
    from = extent.next;
  }
  return records;
}

describe("a record ends", () => {
  test("at LF or CR LF, the last one without", () => {
    expect(cutAll("a\nb\r\nc", findLine)).toEqual(["a", "b", "c"]);
    expect(cutAll("a\n\n\r\nb\n", findLine)).toEqual(["a", "", "", "b"]);
    expect(cutAll("a\rb\n", findLine)).toEqual(["a\rb"]);
  });

  test("in CSV not at a line ending inside quotes", () => {
    expect(cutAll('a,"b\nc""\n",d\ne', findCsvRecord(","))).toEqual(['a,"b\nc""\n",d', "e"]);
    expect(cutAll('a,b"c\nd', findCsvRecord(","))).toEqual(['a,b"c', "d"]);
    expect(cutAll('"a"\r\n"b\r\n"\r\nc', findCsvRecord(","))).toEqual(['"a"', '"b\r\n"', "c"]);
  });

  test("after one line when its quote is never closed, so that the lines behind it are not lost", () => {
    expect(cutAll('a,"b\nc,d\ne,f', findCsvRecord(","))).toEqual(['a,"b', "c,d", "e,f"]);
  });

  test.each(["a", 'a,"b', 'a,"b"', 'a,"b""', 'a,"b\n', '"a\nb"', '"a\nb",c', '"a\nb"\r'])(
    "not yet known in %j while more may come",
    (text) => {
      expect(findCsvRecord(",")(text, 0, false)).toBeNull();
    },
  );

  test("and says how many lines it took", () => {
    expect(findCsvRecord(",")('"a\nb\nc"\nd\n', 0, false)).toEqual({ start: 0, end: 7, next: 8, lines: 3 });
  });
});
