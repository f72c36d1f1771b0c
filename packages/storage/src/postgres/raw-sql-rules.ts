// What raw SQL may say on PostgreSQL.
import { COMMON_FUNCTIONS, words } from "../raw-sql-rules.ts";
import type { SqlRules } from "../raw-sql-rules.ts";

/**
 * No function here reads or sets what belongs to the session or the server: `set_config` would change whose rows are seen, `pg_notify`,
 * `pg_sleep`, locks and statistics reach other users, `query_to_xml` runs SQL of its own, a sequence or a transaction number counts all users' work.
 */
const FUNCTIONS = words(
  ...COMMON_FUNCTIONS,
  "array_agg bool_and bool_or every bit_and bit_or bit_xor any_value json_agg jsonb_agg json_object_agg jsonb_object_agg grouping mode",
  "percentile_cont percentile_disc corr covar_pop covar_samp stddev stddev_pop stddev_samp variance var_pop var_samp regr_avgx regr_avgy",
  "regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy",
  "greatest least num_nulls num_nonnulls div cbrt scale min_scale trim_scale width_bucket gcd lcm",
  "char_length character_length octet_length left right position strpos overlay btrim lpad rpad translate reverse initcap split_part",
  "starts_with ascii chr md5 regexp_replace regexp_match regexp_matches regexp_count regexp_like regexp_substr regexp_instr",
  "regexp_split_to_array regexp_split_to_table to_char to_number to_date to_timestamp",
  "now current_time current_timestamp localtime localtimestamp statement_timestamp transaction_timestamp clock_timestamp date_trunc",
  "date_part date_bin extract age isfinite timezone make_date make_time make_timestamp make_timestamptz make_interval justify_days",
  "justify_hours justify_interval generate_series",
  "unnest cardinality array_length array_upper array_lower array_ndims array_position array_positions array_append array_prepend",
  "array_cat array_remove array_replace array_to_string string_to_array array_to_json",
  "to_json to_jsonb row_to_json json_build_object jsonb_build_object json_build_array jsonb_build_array json_object jsonb_object",
  "jsonb_array_length json_typeof jsonb_typeof json_array_elements jsonb_array_elements json_array_elements_text",
  "jsonb_array_elements_text json_each jsonb_each json_each_text jsonb_each_text json_object_keys jsonb_object_keys json_extract_path",
  "jsonb_extract_path json_extract_path_text jsonb_extract_path_text json_strip_nulls jsonb_strip_nulls jsonb_set jsonb_insert",
  "jsonb_pretty jsonb_path_exists jsonb_path_match jsonb_path_query jsonb_path_query_array jsonb_path_query_first json_to_record",
  "jsonb_to_record json_to_recordset jsonb_to_recordset",
);

/** The rules of raw SQL on PostgreSQL. */
export const POSTGRES_SQL: SqlRules = {
  functions: FUNCTIONS,
  // The catalogues, types whose texts are looked up in them, and the columns that count the transactions and places of all users' rows.
  refusedNames:
    /^(?:pg_.*|information_schema|reg(?:class|collation|config|dictionary|namespace|oper|operator|proc|procedure|role|type)|aclitem|ctid|tableoid|[xc](?:min|max))$/s,
  refusedWords: words("into insert update delete merge truncate set copy do call listen notify execute operator tablesample"),
  refusedSchemas: new Set(),
  refusedMarks: "",
  textsName: false,
};
