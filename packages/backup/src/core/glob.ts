// Patterns over relative paths: `*` and `?` within a name, `**` over any number of directories, dot files included.

/** Tells whether a relative path matches the pattern. A pattern that names a directory also takes everything below it. */
export function matcher(pattern: string): (path: string) => boolean {
  const source = pattern
    .replace(/\/+$/, "")
    .split("/")
    .map((part, index, all) =>
      part === "**" ? (index === all.length - 1 ? ".+" : "(?:[^/]+/)*") : partSource(part) + (index === all.length - 1 ? "" : "/"),
    )
    .join("");
  const expression = new RegExp(`^${source}(?:/.*)?$`, "su");
  return (path) => expression.test(path);
}

/** Tells whether a path matches one of the patterns. */
export function anyMatcher(patterns: readonly string[]): (path: string) => boolean {
  const all = patterns.map(matcher);
  return (path) => all.some((matches) => matches(path));
}

function partSource(part: string): string {
  return part
    .replace(/[\\^$.|+()[\]{}]/g, "\\$&")
    .replace(/\*/g, "[^/]*")
    .replace(/\?/g, "[^/]");
}
