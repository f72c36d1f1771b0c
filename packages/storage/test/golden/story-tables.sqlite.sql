create table "users" (
  "user_id" text not null,
  "display_name" text,
  "role" text not null constraint "users_role_form" check ("role" in ('user', 'admin', 'moderator', 'viewer')),
  "mode" text not null constraint "users_mode_form" check ("mode" in ('paper', 'broker')),
  "zone" text not null,
  "placeholder" integer not null constraint "users_placeholder_form" check ("placeholder" in (0, 1)),
  "attributes" text constraint "users_attributes_form" check (json_valid("attributes")),
  "created_at" integer,
  "updated_at" integer,
  "revision" integer not null,
  primary key ("user_id")
) strict, without rowid;

create table "accounts" (
  "user_id" text not null,
  "id" text not null,
  "broker" text not null,
  "mode" text not null constraint "accounts_mode_form" check ("mode" in ('paper', 'broker')),
  "label" text,
  "currency" text,
  "credential_id" text,
  "initial_capital" text constraint "accounts_initial_capital_form" check (length("initial_capital") = 77 and ltrim("initial_capital", '0123456789') = ''),
  "available_cash" text constraint "accounts_available_cash_form" check (length("available_cash") = 77 and ltrim("available_cash", '0123456789') = ''),
  "margin_used" text constraint "accounts_margin_used_form" check (length("margin_used") = 77 and ltrim("margin_used", '0123456789') = ''),
  "realized_pnl" text constraint "accounts_realized_pnl_form" check (length("realized_pnl") = 77 and ltrim("realized_pnl", '0123456789') = ''),
  "unrealized_pnl" text constraint "accounts_unrealized_pnl_form" check (length("unrealized_pnl") = 77 and ltrim("unrealized_pnl", '0123456789') = ''),
  "total_pnl" text constraint "accounts_total_pnl_form" check (length("total_pnl") = 77 and ltrim("total_pnl", '0123456789') = ''),
  "attributes" text constraint "accounts_attributes_form" check (json_valid("attributes")),
  "created_at" integer,
  "updated_at" integer,
  "revision" integer not null,
  primary key ("user_id", "id")
) strict;

create table "bots" (
  "user_id" text not null,
  "id" text not null,
  "name" text not null,
  "prompt" text not null,
  "provider" text,
  "mode" text not null constraint "bots_mode_form" check ("mode" in ('paper', 'broker')),
  "initial_balance" text constraint "bots_initial_balance_form" check (length("initial_balance") = 77 and ltrim("initial_balance", '0123456789') = ''),
  "symbols" text constraint "bots_symbols_form" check (json_valid("symbols")),
  "cooldowns" text constraint "bots_cooldowns_form" check (json_valid("cooldowns")),
  "history_summary" text,
  "avatar" text,
  "active" integer not null constraint "bots_active_form" check ("active" in (0, 1)),
  "paused" integer not null constraint "bots_paused_form" check ("paused" in (0, 1)),
  "attributes" text constraint "bots_attributes_form" check (json_valid("attributes")),
  "created_at" integer,
  "updated_at" integer,
  "revision" integer not null,
  primary key ("user_id", "id")
) strict;

create table "fills" (
  "user_id" text not null,
  "id" text not null,
  "account" text not null,
  "order_id" text,
  "symbol" text not null,
  "side" text not null constraint "fills_side_form" check ("side" in ('buy', 'sell')),
  "quantity" text not null constraint "fills_quantity_form" check (length("quantity") = 39 and ltrim("quantity", '0123456789') = ''),
  "price" text not null constraint "fills_price_form" check (length("price") = 39 and ltrim("price", '0123456789') = ''),
  "gross" text constraint "fills_gross_form" check (length("gross") = 77 and ltrim("gross", '0123456789') = ''),
  "fee" text not null constraint "fills_fee_form" check (length("fee") = 39 and ltrim("fee", '0123456789') = ''),
  "fee_currency" text,
  "fee_in_quote" text constraint "fills_fee_in_quote_form" check (length("fee_in_quote") = 39 and ltrim("fee_in_quote", '0123456789') = ''),
  "executed_at" integer not null,
  "sequence" integer,
  "source" text not null,
  "attributes" text constraint "fills_attributes_form" check (json_valid("attributes")),
  "ingest_seq" integer not null,
  primary key ("user_id", "id"),
  constraint "fills_quantity_positive" check ("quantity" > '100000000000000000000000000000000000000'),
  constraint "fills_price_not_negative" check ("price" >= '100000000000000000000000000000000000000')
) strict;

create index "fills_by_time" on "fills" ("user_id", "executed_at", "id");

create index "fills_by_symbol_time" on "fills" ("user_id", "symbol", "executed_at", "id");

create index "fills_by_order" on "fills" ("user_id", "order_id");

create index "fills_by_symbol_ingest" on "fills" ("user_id", "symbol", "ingest_seq");

create table "orders" (
  "user_id" text not null,
  "id" text not null,
  "account" text not null,
  "bot_id" text,
  "symbol" text not null,
  "side" text not null constraint "orders_side_form" check ("side" in ('buy', 'sell')),
  "order_type" text not null constraint "orders_order_type_form" check ("order_type" in ('market', 'limit', 'stop', 'stop_limit')),
  "quantity" text not null constraint "orders_quantity_form" check (length("quantity") = 39 and ltrim("quantity", '0123456789') = ''),
  "price" text constraint "orders_price_form" check (length("price") = 39 and ltrim("price", '0123456789') = ''),
  "stop_price" text constraint "orders_stop_price_form" check (length("stop_price") = 39 and ltrim("stop_price", '0123456789') = ''),
  "status" text not null constraint "orders_status_form" check ("status" in ('pending', 'ongoing', 'closed', 'failed', 'cancelled')),
  "source_status" text,
  "filled_quantity" text not null constraint "orders_filled_quantity_form" check (length("filled_quantity") = 39 and ltrim("filled_quantity", '0123456789') = ''),
  "average_price" text constraint "orders_average_price_form" check (length("average_price") = 77 and ltrim("average_price", '0123456789') = ''),
  "filled_value" text constraint "orders_filled_value_form" check (length("filled_value") = 77 and ltrim("filled_value", '0123456789') = ''),
  "fee" text constraint "orders_fee_form" check (length("fee") = 77 and ltrim("fee", '0123456789') = ''),
  "fee_currency" text,
  "placed_at" integer not null,
  "filled_at" integer,
  "closed_at" integer,
  "expires_at" integer,
  "broker_order_id" text,
  "client_order_id" text,
  "position_id" text,
  "signal_id" text,
  "origin" text constraint "orders_origin_form" check ("origin" in ('signal', 'manual', 'paper_trading')),
  "entry_type" text constraint "orders_entry_type_form" check ("entry_type" in ('initial', 'reentry', 'manual', 'system_recommended', 'manual_buy_of_bot_recommendation')),
  "mode" text constraint "orders_mode_form" check ("mode" in ('paper', 'broker')),
  "variety" text constraint "orders_variety_form" check ("variety" in ('regular', 'amo')),
  "exchange" text,
  "product" text,
  "reason" text,
  "retry_count" integer not null,
  "first_failed_at" integer,
  "last_retry_at" integer,
  "last_checked_at" integer,
  "attributes" text constraint "orders_attributes_form" check (json_valid("attributes")),
  "updated_at" integer,
  "source" text not null,
  "revision" integer not null,
  primary key ("user_id", "id"),
  constraint "orders_quantity_not_negative" check ("quantity" >= '100000000000000000000000000000000000000'),
  constraint "orders_filled_not_negative" check ("filled_quantity" >= '100000000000000000000000000000000000000'),
  constraint "orders_price_positive" check ("price" > '100000000000000000000000000000000000000'),
  constraint "orders_retries_not_negative" check ("retry_count" >= 0)
) strict;

create index "orders_by_time" on "orders" ("user_id", "placed_at", "id");

create index "orders_by_status" on "orders" ("user_id", "status", "placed_at", "id");

create index "orders_by_symbol" on "orders" ("user_id", "symbol", "placed_at", "id");

create index "orders_by_broker_order" on "orders" ("user_id", "broker_order_id");

create table "positions" (
  "user_id" text not null,
  "id" text not null,
  "account" text not null,
  "bot_id" text,
  "symbol" text not null,
  "position_type" text not null constraint "positions_position_type_form" check ("position_type" in ('LONG', 'SHORT')),
  "status" text not null constraint "positions_status_form" check ("status" in ('open', 'closed')),
  "quantity" text constraint "positions_quantity_form" check (length("quantity") = 39 and ltrim("quantity", '0123456789') = ''),
  "size" text constraint "positions_size_form" check (length("size") = 77 and ltrim("size", '0123456789') = ''),
  "leverage" text not null constraint "positions_leverage_form" check (length("leverage") = 39 and ltrim("leverage", '0123456789') = ''),
  "entry_price" text constraint "positions_entry_price_form" check (length("entry_price") = 77 and ltrim("entry_price", '0123456789') = ''),
  "initial_entry_price" text constraint "positions_initial_entry_price_form" check (length("initial_entry_price") = 77 and ltrim("initial_entry_price", '0123456789') = ''),
  "exit_price" text constraint "positions_exit_price_form" check (length("exit_price") = 77 and ltrim("exit_price", '0123456789') = ''),
  "liquidation_price" text constraint "positions_liquidation_price_form" check (length("liquidation_price") = 77 and ltrim("liquidation_price", '0123456789') = ''),
  "stop_loss" text constraint "positions_stop_loss_form" check (length("stop_loss") = 77 and ltrim("stop_loss", '0123456789') = ''),
  "take_profit" text constraint "positions_take_profit_form" check (length("take_profit") = 77 and ltrim("take_profit", '0123456789') = ''),
  "unrealized_pnl" text constraint "positions_unrealized_pnl_form" check (length("unrealized_pnl") = 77 and ltrim("unrealized_pnl", '0123456789') = ''),
  "realized_pnl" text constraint "positions_realized_pnl_form" check (length("realized_pnl") = 77 and ltrim("realized_pnl", '0123456789') = ''),
  "realized_pnl_percent" text constraint "positions_realized_pnl_percent_form" check (length("realized_pnl_percent") = 77 and ltrim("realized_pnl_percent", '0123456789') = ''),
  "opened_at" integer,
  "closed_at" integer,
  "exit_reason" text,
  "reentry_count" integer not null,
  "reentries" text constraint "positions_reentries_form" check (json_valid("reentries")),
  "mode" text constraint "positions_mode_form" check ("mode" in ('paper', 'broker')),
  "attributes" text constraint "positions_attributes_form" check (json_valid("attributes")),
  "updated_at" integer,
  "source" text not null,
  "revision" integer not null,
  primary key ("user_id", "id"),
  constraint "positions_quantity_or_size" check ("quantity" is not null or "size" is not null),
  constraint "positions_quantity_not_negative" check ("quantity" >= '100000000000000000000000000000000000000'),
  constraint "positions_open_without_close" check ("status" <> 'open' or "closed_at" is null),
  constraint "positions_opened_before_closed" check ("opened_at" <= "closed_at"),
  constraint "positions_leverage_positive" check ("leverage" > '100000000000000000000000000000000000000'),
  constraint "positions_reentries_not_negative" check ("reentry_count" >= 0),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
) strict;

create index "positions_by_status" on "positions" ("user_id", "status", "id");

create index "positions_by_symbol" on "positions" ("user_id", "symbol", "id");

create index "positions_by_bot" on "positions" ("user_id", "bot_id", "status");

create table "trades" (
  "user_id" text not null,
  "id" text not null,
  "bot_id" text,
  "position_id" text,
  "symbol" text not null,
  "trade_type" text not null constraint "trades_trade_type_form" check ("trade_type" in ('LONG', 'SHORT')),
  "action" text not null constraint "trades_action_form" check ("action" in ('OPEN', 'CLOSE')),
  "entry_price" text not null constraint "trades_entry_price_form" check (length("entry_price") = 39 and ltrim("entry_price", '0123456789') = ''),
  "exit_price" text constraint "trades_exit_price_form" check (length("exit_price") = 39 and ltrim("exit_price", '0123456789') = ''),
  "size" text not null constraint "trades_size_form" check (length("size") = 77 and ltrim("size", '0123456789') = ''),
  "leverage" text not null constraint "trades_leverage_form" check (length("leverage") = 39 and ltrim("leverage", '0123456789') = ''),
  "pnl" text not null constraint "trades_pnl_form" check (length("pnl") = 77 and ltrim("pnl", '0123456789') = ''),
  "fee" text not null constraint "trades_fee_form" check (length("fee") = 77 and ltrim("fee", '0123456789') = ''),
  "executed_at" integer not null,
  "reason" text,
  "mode" text constraint "trades_mode_form" check ("mode" in ('paper', 'broker')),
  "attributes" text constraint "trades_attributes_form" check (json_valid("attributes")),
  "source" text not null,
  primary key ("user_id", "id"),
  constraint "trades_open_without_exit" check ("action" <> 'OPEN' or "exit_price" is null),
  constraint "trades_close_with_exit" check ("action" <> 'CLOSE' or "exit_price" is not null),
  constraint "trades_leverage_positive" check ("leverage" > '100000000000000000000000000000000000000'),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
) strict;

create index "trades_by_time" on "trades" ("user_id", "executed_at", "id");

create index "trades_by_pnl" on "trades" ("user_id", "action", "pnl", "id");

create index "trades_by_close" on "trades" ("user_id", "action", "executed_at", "pnl");

create index "trades_by_bot" on "trades" ("user_id", "bot_id", "executed_at");

create index "trades_by_position" on "trades" ("user_id", "position_id");

create table "holdings" (
  "user_id" text not null,
  "account" text not null,
  "symbol" text not null,
  "quantity" text not null constraint "holdings_quantity_form" check (length("quantity") = 39 and ltrim("quantity", '0123456789') = ''),
  "average_price" text constraint "holdings_average_price_form" check (length("average_price") = 77 and ltrim("average_price", '0123456789') = ''),
  "current_price" text constraint "holdings_current_price_form" check (length("current_price") = 77 and ltrim("current_price", '0123456789') = ''),
  "cost_basis" text constraint "holdings_cost_basis_form" check (length("cost_basis") = 77 and ltrim("cost_basis", '0123456789') = ''),
  "market_value" text constraint "holdings_market_value_form" check (length("market_value") = 77 and ltrim("market_value", '0123456789') = ''),
  "pnl" text constraint "holdings_pnl_form" check (length("pnl") = 77 and ltrim("pnl", '0123456789') = ''),
  "pnl_percent" text constraint "holdings_pnl_percent_form" check (length("pnl_percent") = 77 and ltrim("pnl_percent", '0123456789') = ''),
  "exchange" text,
  "product" text,
  "isin" text,
  "attributes" text constraint "holdings_attributes_form" check (json_valid("attributes")),
  "updated_at" integer,
  "revision" integer not null,
  primary key ("user_id", "account", "symbol")
) strict, without rowid;

create table "signals" (
  "user_id" text not null,
  "id" text not null,
  "symbol" text not null,
  "at" integer not null,
  "status" text not null constraint "signals_status_form" check ("status" in ('active', 'expired', 'traded', 'rejected', 'failed')),
  "verdict" text,
  "rsi10" text constraint "signals_rsi10_form" check (length("rsi10") = 77 and ltrim("rsi10", '0123456789') = ''),
  "ema9" text constraint "signals_ema9_form" check (length("ema9") = 77 and ltrim("ema9", '0123456789') = ''),
  "ema200" text constraint "signals_ema200_form" check (length("ema200") = 77 and ltrim("ema200", '0123456789') = ''),
  "distance_to_ema9" text constraint "signals_distance_to_ema9_form" check (length("distance_to_ema9") = 77 and ltrim("distance_to_ema9", '0123456789') = ''),
  "clean_chart" integer constraint "signals_clean_chart_form" check ("clean_chart" in (0, 1)),
  "monthly_support_dist" text constraint "signals_monthly_support_dist_form" check (length("monthly_support_dist") = 77 and ltrim("monthly_support_dist", '0123456789') = ''),
  "confidence" text constraint "signals_confidence_form" check (length("confidence") = 77 and ltrim("confidence", '0123456789') = ''),
  "ended_at" integer,
  "reason" text,
  "attributes" text constraint "signals_attributes_form" check (json_valid("attributes")),
  "updated_at" integer,
  "source" text not null,
  "revision" integer not null,
  primary key ("user_id", "id"),
  constraint "signals_ended_after_it_began" check ("at" <= "ended_at")
) strict;

create index "signals_by_time" on "signals" ("user_id", "at", "id");

create index "signals_by_status" on "signals" ("user_id", "status", "at", "id");

create index "signals_by_symbol" on "signals" ("user_id", "symbol", "at", "id");

create table "bot_decisions" (
  "user_id" text not null,
  "bot_id" text not null,
  "at" integer not null,
  "prompt" text not null,
  "decisions" text not null constraint "bot_decisions_decisions_form" check (json_valid("decisions")),
  "notes" text constraint "bot_decisions_notes_form" check (json_valid("notes")),
  "succeeded" integer not null constraint "bot_decisions_succeeded_form" check ("succeeded" in (0, 1)),
  "error" text,
  "attributes" text constraint "bot_decisions_attributes_form" check (json_valid("attributes")),
  "source" text not null,
  primary key ("user_id", "bot_id", "at"),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
) strict;

create index "bot_decisions_by_time" on "bot_decisions" ("user_id", "at", "bot_id");

create table "bot_state_snapshots" (
  "user_id" text not null,
  "bot_id" text not null,
  "at" integer not null,
  "total_value" text not null constraint "bot_state_snapshots_total_value_form" check (length("total_value") = 77 and ltrim("total_value", '0123456789') = ''),
  "balance" text constraint "bot_state_snapshots_balance_form" check (length("balance") = 77 and ltrim("balance", '0123456789') = ''),
  "unrealized_pnl" text constraint "bot_state_snapshots_unrealized_pnl_form" check (length("unrealized_pnl") = 77 and ltrim("unrealized_pnl", '0123456789') = ''),
  "realized_pnl" text constraint "bot_state_snapshots_realized_pnl_form" check (length("realized_pnl") = 77 and ltrim("realized_pnl", '0123456789') = ''),
  "trade_count" integer,
  "win_rate" text constraint "bot_state_snapshots_win_rate_form" check (length("win_rate") = 77 and ltrim("win_rate", '0123456789') = ''),
  "source" text not null,
  primary key ("user_id", "bot_id", "at"),
  constraint "bot_state_snapshots_trades_not_negative" check ("trade_count" >= 0),
  constraint "bot_state_snapshots_win_rate_not_negative" check ("win_rate" >= '10000000000000000000000000000000000000000000000000000000000000000000000000000'),
  constraint "bot_state_snapshots_win_rate_at_most_one" check ("win_rate" <= '10000000000000000000000000000000000000001000000000000000000000000000000000000'),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
) strict, without rowid;

create index "bot_state_snapshots_by_time" on "bot_state_snapshots" ("user_id", "at", "bot_id");

create table "pnl_daily" (
  "user_id" text not null,
  "account" text not null,
  "day" text not null,
  "realized_pnl" text not null constraint "pnl_daily_realized_pnl_form" check (length("realized_pnl") = 77 and ltrim("realized_pnl", '0123456789') = ''),
  "unrealized_pnl" text not null constraint "pnl_daily_unrealized_pnl_form" check (length("unrealized_pnl") = 77 and ltrim("unrealized_pnl", '0123456789') = ''),
  "fees" text not null constraint "pnl_daily_fees_form" check (length("fees") = 77 and ltrim("fees", '0123456789') = ''),
  "zone" text,
  "updated_at" integer,
  "source" text not null,
  primary key ("user_id", "account", "day"),
  constraint "pnl_daily_day_form" check ("day" glob '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]')
) strict, without rowid;

create index "pnl_daily_by_day" on "pnl_daily" ("user_id", "day", "account");

create table "user_settings" (
  "user_id" text not null,
  "name" text not null,
  "value" text not null constraint "user_settings_value_form" check (json_valid("value")),
  "updated_at" integer,
  "revision" integer not null,
  primary key ("user_id", "name")
) strict, without rowid;

create table "service_status" (
  "user_id" text not null,
  "service" text not null,
  "running" integer not null constraint "service_status_running_form" check ("running" in (0, 1)),
  "last_heartbeat_at" integer,
  "last_task_at" integer,
  "error_count" integer not null,
  "last_error" text,
  "last_error_at" integer,
  "created_at" integer not null,
  "updated_at" integer not null,
  primary key ("user_id", "service"),
  constraint "service_status_errors_not_negative" check ("error_count" >= 0)
) strict, without rowid;

create table "service_task_executions" (
  "user_id" text not null,
  "id" text not null,
  "service" text not null,
  "task_name" text not null,
  "executed_at" integer not null,
  "status" text not null constraint "service_task_executions_status_form" check ("status" in ('running', 'success', 'failed', 'skipped')),
  "duration_ms" integer,
  "message" text,
  "details" text constraint "service_task_executions_details_form" check (json_valid("details")),
  primary key ("user_id", "id"),
  constraint "service_task_executions_duration_not_negative" check ("duration_ms" >= 0)
) strict;

create index "service_task_executions_by_time" on "service_task_executions" ("user_id", "executed_at", "id");

create index "service_task_executions_by_task" on "service_task_executions" ("user_id", "task_name", "executed_at", "id");

create table "service_logs" (
  "user_id" text not null,
  "id" text not null,
  "at" integer not null,
  "level" text not null constraint "service_logs_level_form" check ("level" in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
  "module" text not null,
  "message" text not null,
  "context" text constraint "service_logs_context_form" check (json_valid("context")),
  primary key ("user_id", "id")
) strict;

create index "service_logs_by_time" on "service_logs" ("user_id", "at", "id");

create index "service_logs_by_level" on "service_logs" ("user_id", "level", "at", "id");
