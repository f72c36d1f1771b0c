// Reads SQL just well enough to tell text that matters from comments, line ends and spaces. Both engines' quotes; nothing is ever executed from it.

// A quoted text or name, a dollar-quoted body, a comment, space, a word or number, or one other character.
const TOKEN =
  /'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|(\$[A-Za-z_]*\$)[^]*?\1|(--[^\n]*|\/\*[^]*?\*\/)|(\s+)|[A-Za-z0-9_.$\u0080-\uffff]+|[^]/g;

/** The parts of a SQL text without comments and spaces; line ends inside quotes are LF. */
export function sqlTokens(text: string): readonly string[] {
  const tokens: string[] = [];
  for (const [token, , comment, space] of text.replaceAll("\r\n", "\n").matchAll(TOKEN)) {
    if (comment === undefined && space === undefined) tokens.push(token);
  }
  return tokens;
}

/** A SQL text in which only what matters is left: the same for CR LF and LF, with and without comments, however it is laid out. */
export function canonicalSql(text: string): string {
  const tokens = sqlTokens(text);
  while (tokens.at(-1) === ";") return canonicalSql(tokens.slice(0, -1).join(" "));
  return tokens.join(" ");
}

const TAKES_AWAY = /^(drop|delete|truncate|update|replace)$/i;

/** The words of a SQL text that take something away or write over it, outside of quotes; lower case, each once. */
export function destructiveWords(text: string): readonly string[] {
  const words = sqlTokens(text).filter((token) => TAKES_AWAY.test(token));
  return [...new Set(words.map((word) => word.toLowerCase()))];
}
