// Changes made over one state, put on top of another.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergePatch } from "../src/index.ts";
import type { JsonObject, PreferencesBody } from "../src/index.ts";
import { editsOf, type FieldEdit, shownWith } from "../src/core/edits.ts";
import { overDefaults } from "../src/core/merge-patch.ts";
import { rebase } from "../src/core/rebase.ts";

const DEFAULTS: JsonObject = { risk: "Moderate", modes: { Intraday: false, Swing: true }, aux: [] };

/** The server's answer for a stored document. */
function server(document: JsonObject, revision = 1): PreferencesBody {
  const value = overDefaults(DEFAULTS, document);
  const rest = { schemaVersion: 1, etag: `"r${revision}"`, updatedAt: null, unreadable: [], readOnly: false };
  return { value, explicit: Object.keys(document).sort(), revision, ...rest };
}

/** Patches made one after the other by somebody who sees each of them at once. */
function edited(document: JsonObject, ...patches: JsonObject[]): FieldEdit[] {
  const edits: FieldEdit[] = [];
  for (const patch of patches) {
    const shown = shownWith(server(document).value, edits, DEFAULTS);
    for (const edit of editsOf(patch, shown)) edits.push({ ...edit, id: String(edits.length), version: 1 });
  }
  return edits;
}

const outcome = (before: JsonObject, patches: JsonObject[], after: JsonObject) =>
  rebase(edited(before, ...patches), server(after), DEFAULTS);

describe("a change", () => {
  test("goes on top of a state that nobody has touched", () => {
    expect(outcome({}, [{ risk: "Aggressive" }, { modes: { Swing: false } }], {})).toMatchObject({
      patch: { risk: "Aggressive", modes: { Swing: false } },
      sent: ["0", "1"],
      conflicts: [],
    });
  });

  test("goes beside what others have changed elsewhere, also in the same object", () => {
    expect(
      outcome({ modes: { Swing: true } }, [{ modes: { Swing: false } }], { modes: { Swing: true, Intraday: true }, aux: ["x"] }),
    ).toMatchObject({
      patch: { modes: { Swing: false } },
      conflicts: [],
    });
  });

  test("of the same place is a conflict with base, mine and theirs, and the other places go", () => {
    expect(outcome({ risk: "Moderate" }, [{ risk: "Aggressive", aux: ["a"] }], { risk: "Conservative" })).toEqual({
      patch: { aux: ["a"] },
      sent: ["1"],
      settled: [],
      conflicts: [{ path: "/risk", base: "Moderate", mine: "Aggressive", theirs: "Conservative" }],
    });
  });

  test("that the server has already is settled, whatever the order of keys", () => {
    expect(outcome({ risk: "Moderate" }, [{ risk: "Aggressive" }], { risk: "Aggressive" })).toMatchObject({ patch: {}, settled: ["0"] });
  });

  test("is no conflict with an earlier change of my own whose answer was lost", () => {
    const patches = [{ risk: "Aggressive" }, { risk: "Conservative" }];
    expect(outcome({ risk: "Moderate" }, patches, { risk: "Aggressive" })).toMatchObject({
      patch: { risk: "Conservative" },
      sent: ["0", "1"],
    });
  });

  test("is no conflict with a default: that is nobody's choice, also when it has changed", () => {
    const edits = edited({}, { risk: "Aggressive" });
    const newer = { ...server({}), value: { ...DEFAULTS, risk: "Conservative" } };
    expect(rebase(edits, newer, { ...DEFAULTS, risk: "Conservative" })).toMatchObject({ patch: { risk: "Aggressive" }, conflicts: [] });
  });

  test("to what the default is becomes a choice", () => {
    expect(outcome({}, [{ risk: "Moderate" }], {})).toMatchObject({ patch: { risk: "Moderate" }, sent: ["0"] });
  });

  test("that takes a choice back is sent as null, and settled when there is none", () => {
    expect(outcome({ risk: "Aggressive" }, [{ risk: null }], { risk: "Aggressive" })).toMatchObject({ patch: { risk: null } });
    expect(outcome({ risk: "Aggressive" }, [{ risk: null }], {})).toMatchObject({ patch: {}, settled: ["0"] });
    expect(outcome({ risk: "Aggressive" }, [{ risk: null }], { risk: "Conservative" }).conflicts).toEqual([
      { path: "/risk", base: "Aggressive", theirs: "Conservative" },
    ]);
  });

  test("of an object that was taken back first leaves nothing of the old object", () => {
    const { patch } = outcome({ modes: { Intraday: true, Swing: true } }, [{ modes: null }, { modes: { Options: true } }], {
      modes: { Intraday: true, Swing: true },
    });
    const after = mergePatch({ modes: { Intraday: true, Swing: true } }, patch);
    expect(after).toEqual({ modes: { Options: true } });
  });

  test("of a key called __proto__ changes no object", () => {
    const { patch } = outcome({}, [JSON.parse('{"modes":{"__proto__":{"polluted":true}}}') as JsonObject], {});
    expect(JSON.stringify(patch)).toBe('{"modes":{"__proto__":{"polluted":true}}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

const leaf = fc.constantFrom<JsonObject[string]>("a", "b", 1, true, ["x"], ["x", "y"]);
const modes = fc.dictionary(fc.constantFrom("Intraday", "Swing", "Options"), fc.boolean(), { noNullPrototype: true });
const document = fc.record({ risk: leaf, aux: leaf, modes }, { requiredKeys: [], noNullPrototype: true });
const patch = fc.record(
  {
    risk: fc.option(leaf),
    aux: fc.option(leaf),
    modes: fc.option(fc.dictionary(fc.constantFrom("Intraday", "Swing", "Options"), fc.option(fc.boolean()), { noNullPrototype: true })),
  },
  { requiredKeys: [], noNullPrototype: true },
);

describe("for all changes", () => {
  test("over an untouched server they end in what was shown", () => {
    fc.assert(
      fc.property(document, fc.array(patch, { maxLength: 4 }), (stored, patches) => {
        const edits = edited(stored, ...patches);
        const { patch: sent, conflicts } = rebase(edits, server(stored), DEFAULTS);
        expect(conflicts).toEqual([]);
        const after = server(mergePatch(stored, sent) as JsonObject);
        expect(after.value).toEqual(shownWith(server(stored).value, edits, DEFAULTS));
      }),
    );
  });

  test("each one is sent, settled or in conflict, and never two of these", () => {
    fc.assert(
      fc.property(document, fc.array(patch, { maxLength: 4 }), document, (stored, patches, theirs) => {
        const edits = edited(stored, ...patches);
        const { sent, settled, conflicts } = rebase(edits, server(theirs), DEFAULTS);
        const inConflict = edits.filter(({ path }) =>
          conflicts.some((conflict) => path === conflict.path || path.startsWith(`${conflict.path}/`)),
        );
        expect([...sent, ...settled, ...inConflict.map(({ id }) => id)].sort()).toEqual(edits.map(({ id }) => id).sort());
      }),
    );
  });

  test("sent twice they change nothing more", () => {
    fc.assert(
      fc.property(document, fc.array(patch, { maxLength: 4 }), (stored, patches) => {
        const edits = edited(stored, ...patches);
        const once = mergePatch(stored, rebase(edits, server(stored), DEFAULTS).patch) as JsonObject;
        const again = rebase(edits, server(once), DEFAULTS);
        expect(again.conflicts).toEqual([]);
        expect(server(mergePatch(once, again.patch) as JsonObject).value).toEqual(server(once).value);
      }),
    );
  });
});
