// Where each file of a legacy tree goes. Every file gets a place or is listed as unplaced; two files never get the same one.
import { anyMatcher, matcher } from "./glob.ts";

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
  /** New places that more than one file claims, with these files. */
  readonly conflicts: readonly { readonly to: string; readonly from: readonly string[] }[];
}

/** Plans the move of these files. Every file is in exactly one of `moves`, `unplaced`, `ignored` and `conflicts`. */
export function planMoves(files: readonly string[], rules: readonly MoveRule[], ignore: readonly string[] = []): MovePlan {
  const isIgnored = anyMatcher(ignore);
  const compiled = rules.map((rule) => ({ rule, matches: matcher(rule.from) }));
  const placed = files.map((from) => ({
    from,
    to: isIgnored(from) ? undefined : place(from, compiled.find(({ matches }) => matches(from))?.rule),
  }));
  const claims = Map.groupBy(
    placed.flatMap(({ from, to }) => (to === undefined ? [] : [{ from, to }])),
    ({ to }) => to,
  );
  return {
    moves: [...claims.values()].flatMap((claim) => (claim.length === 1 ? claim : [])),
    unplaced: placed.filter(({ from, to }) => to === undefined && !isIgnored(from)).map(({ from }) => from),
    ignored: files.filter(isIgnored),
    conflicts: [...claims].flatMap(([to, claim]) => (claim.length > 1 ? [{ to, from: claim.map(({ from }) => from) }] : [])),
  };
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
