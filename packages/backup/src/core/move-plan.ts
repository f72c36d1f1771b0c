// Where each file of a legacy tree goes. Every file gets a place or is listed as unplaced; two files never get the same one.
import { anyMatcher, matcher } from "./glob.ts";
import { foldName, nameProblem, parents } from "./names.ts";

/** Says where files go. The first rule that matches a file decides. */
export interface MoveRule {
  /** Pattern over paths below the legacy root; `*` and `**` as everywhere. */
  readonly from: string;
  /** A file's new path; or, ending with `/`, a directory that keeps what is below the fixed part of `from`. */
  readonly to: string;
}

/** A file and its new place. */
export interface Move {
  /** Path below the legacy tree. */
  readonly from: string;
  /** Path below the new tree. */
  readonly to: string;
}

/** What is to be moved. */
export interface MovePlan {
  /** Files with a place. */
  readonly moves: readonly Move[];
  /** Files that no rule names. They must be given a rule, or be left behind by name. */
  readonly unplaced: readonly string[];
  /** Files that the caller leaves behind. */
  readonly ignored: readonly string[];
  /** New places that more than one file claims, with these files; names that differ only in case or Unicode form are one place, and so is a directory. */
  readonly conflicts: readonly { readonly to: string; readonly from: readonly string[] }[];
  /** Files whose new place is none in the new tree, such as one that is absolute or leads out of it by `..`, and what is wrong with it. */
  readonly misplaced: readonly (Move & { readonly problem: string })[];
}

/** Plans the move of these files. Every file is in exactly one of `moves`, `unplaced`, `ignored`, `conflicts` and `misplaced`. */
export function planMoves(files: readonly string[], rules: readonly MoveRule[], ignore: readonly string[] = []): MovePlan {
  const isIgnored = anyMatcher(ignore);
  const compiled = rules.map((rule) => ({ rule, matches: matcher(rule.from) }));
  const placed = files.map((from) => ({
    from,
    to: isIgnored(from) ? undefined : place(from, compiled.find(({ matches }) => matches(from))?.rule),
  }));
  const moves = placed.flatMap(({ from, to }) => (to === undefined ? [] : [{ from, to, problem: nameProblem(to) }]));
  const within = moves.flatMap(({ from, to, problem }) => (problem === undefined ? [{ from, to }] : []));
  const claimed = claimedBy(within.map(({ to }) => to));
  const claims = Map.groupBy(within, ({ to }) => claimed(to));
  return {
    moves: claims.get(undefined) ?? [],
    unplaced: placed.filter(({ from, to }) => to === undefined && !isIgnored(from)).map(({ from }) => from),
    ignored: files.filter(isIgnored),
    conflicts: [...claims].flatMap(([key, claim]) =>
      key === undefined ? [] : [{ to: claim[0]?.to ?? key, from: claim.map(({ from }) => from) }],
    ),
    misplaced: moves.flatMap(({ from, to, problem }) => (problem === undefined ? [] : [{ from, to, problem }])),
  };
}

// The place above or at a path that is claimed twice: by two files, by a file and a directory, or by names that some file system takes for one.
function claimedBy(paths: readonly string[]): (path: string) => string | undefined {
  const names = Map.groupBy(
    paths.flatMap((path) => [{ name: path, file: true }, ...parents(path).map((name) => ({ name, file: false }))]),
    ({ name }) => foldName(name),
  );
  const isClaimed = (key: string): boolean => {
    const all = names.get(key) ?? [];
    return all.some(({ name, file }) => name !== all[0]?.name || (file && all.length > 1));
  };
  return (path) => [path, ...parents(path)].map(foldName).findLast(isClaimed);
}

function place(from: string, rule: MoveRule | undefined): string | undefined {
  if (rule === undefined) return undefined;
  if (!rule.to.endsWith("/")) return rule.to;
  return rule.to + from.slice(fixedPart(rule.from).length);
}

// Everything of a pattern before its first wildcard, up to a slash: what the new directory takes the place of.
function fixedPart(pattern: string): string {
  const head = /^[^*?]*/.exec(pattern)?.[0] ?? "";
  return head.length === pattern.length && !pattern.endsWith("/")
    ? pattern.slice(0, pattern.lastIndexOf("/") + 1)
    : head.slice(0, head.lastIndexOf("/") + 1);
}

const JSON_STATE: readonly MoveRule[] = [
  { from: "**/account_mode_state.json", to: "state/account_mode.json" },
  { from: "**/port_config.json", to: "state/port_config.json" },
  { from: "**/system_state.json", to: "state/system_state.json" },
  { from: "**/user_info.json", to: "state/user_info.json" },
  { from: "**/auth_tokens.json", to: "credentials/auth_tokens.json" },
  { from: "**/device_tokens.json", to: "credentials/device_tokens.json" },
];

/** The rules for a legacy installation whose data lies in this directory of the tree, such as `backend/data` or `backend/data/users/user_0001`. */
export function legacyRules(data: string): readonly MoveRule[] {
  const below = (path: string): string => (data === "" ? path : `${data.replace(/\/+$/, "")}/${path}`);
  return [
    ...JSON_STATE,
    { from: below("credentials/kalshi-credentials/**"), to: "credentials/kalshi/" },
    { from: below("kalshi-credentials/**"), to: "credentials/kalshi/" },
    { from: below("credentials/**"), to: "credentials/other_apis/" },
    { from: below("accounts/**"), to: "databases/accounts/" },
    { from: below("trade_history/**"), to: "databases/trade_history/" },
    { from: below("active_trades/**"), to: "databases/active_trades/" },
    { from: below("price_history/**"), to: "databases/price_history/" },
    { from: below("preferences/**"), to: "preferences/trading/" },
  ];
}
