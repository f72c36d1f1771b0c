// What raw SQL may say on SQLite.
import { COMMON_FUNCTIONS, words } from "../raw-sql-rules.ts";
import type { SqlRules } from "../raw-sql-rules.ts";

/** No function here tells of the connection, which all users share: `total_changes()` counts everybody's writes. */
const FUNCTIONS = words(
  ...COMMON_FUNCTIONS,
  "current_user_id total group_concat ifnull iif if instr printf format hex unhex quote typeof unicode char glob like likelihood likely",
  "unlikely datetime julianday strftime unixepoch timediff json json_array json_each json_extract json_group_array json_group_object",
  "json_insert json_object json_patch json_pretty json_quote json_remove json_replace json_set json_tree json_type json_valid jsonb",
  "jsonb_array jsonb_extract jsonb_group_array jsonb_group_object jsonb_insert jsonb_object jsonb_patch jsonb_remove jsonb_replace",
  "jsonb_set log2 sinh cosh tanh asinh acosh atanh median percentile percentile_cont percentile_disc sqlite_version",
);

/** The rules of raw SQL on SQLite. */
export const SQLITE_SQL: SqlRules = {
  functions: FUNCTIONS,
  // SQLite's own tables, and those of its modules that stand there without having been made.
  refusedNames: /^(?:sqlite_(?!version$).*|pragma_.*|dbstat|bytecode|tables_used|fts3tokenize|load_extension)$/s,
  // Behind the views.
  refusedSchemas: words("main temp"),
  refusedWords: words("into insert update delete set pragma attach detach vacuum"),
  refusedMarks: "#@:[]^",
  textsName: true,
};
