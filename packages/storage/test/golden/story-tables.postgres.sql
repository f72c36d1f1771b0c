create table "users" (
  "user_id" text collate "C" not null,
  "display_name" text collate "C",
  "role" text collate "C" not null constraint "users_role_form" check ("role" in ('user', 'admin', 'moderator', 'viewer')),
  "mode" text collate "C" not null constraint "users_mode_form" check ("mode" in ('paper', 'broker')),
  "zone" text collate "C" not null,
  "placeholder" boolean not null,
  "attributes" jsonb,
  "created_at" timestamptz(6),
  "updated_at" timestamptz(6),
  "revision" bigint not null,
  primary key ("user_id")
);

create table "accounts" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "broker" text collate "C" not null,
  "mode" text collate "C" not null constraint "accounts_mode_form" check ("mode" in ('paper', 'broker')),
  "label" text collate "C",
  "currency" text collate "C",
  "credential_id" text collate "C",
  "initial_capital" numeric(76, 36) constraint "accounts_initial_capital_form" check ("initial_capital" <> 'NaN'),
  "available_cash" numeric(76, 36) constraint "accounts_available_cash_form" check ("available_cash" <> 'NaN'),
  "margin_used" numeric(76, 36) constraint "accounts_margin_used_form" check ("margin_used" <> 'NaN'),
  "realized_pnl" numeric(76, 36) constraint "accounts_realized_pnl_form" check ("realized_pnl" <> 'NaN'),
  "unrealized_pnl" numeric(76, 36) constraint "accounts_unrealized_pnl_form" check ("unrealized_pnl" <> 'NaN'),
  "total_pnl" numeric(76, 36) constraint "accounts_total_pnl_form" check ("total_pnl" <> 'NaN'),
  "attributes" jsonb,
  "created_at" timestamptz(6),
  "updated_at" timestamptz(6),
  "revision" bigint not null,
  primary key ("user_id", "id")
);

create table "bots" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "name" text collate "C" not null,
  "prompt" text collate "C" not null,
  "provider" text collate "C",
  "mode" text collate "C" not null constraint "bots_mode_form" check ("mode" in ('paper', 'broker')),
  "initial_balance" numeric(76, 36) constraint "bots_initial_balance_form" check ("initial_balance" <> 'NaN'),
  "symbols" jsonb,
  "cooldowns" jsonb,
  "history_summary" text collate "C",
  "avatar" text collate "C",
  "active" boolean not null,
  "paused" boolean not null,
  "attributes" jsonb,
  "created_at" timestamptz(6),
  "updated_at" timestamptz(6),
  "revision" bigint not null,
  primary key ("user_id", "id")
);

create table "fills" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "account" text collate "C" not null,
  "order_id" text collate "C",
  "symbol" text collate "C" not null,
  "side" text collate "C" not null constraint "fills_side_form" check ("side" in ('buy', 'sell')),
  "quantity" numeric(38, 18) not null constraint "fills_quantity_form" check ("quantity" <> 'NaN'),
  "price" numeric(38, 18) not null constraint "fills_price_form" check ("price" <> 'NaN'),
  "gross" numeric(76, 36) constraint "fills_gross_form" check ("gross" <> 'NaN'),
  "fee" numeric(38, 18) not null constraint "fills_fee_form" check ("fee" <> 'NaN'),
  "fee_currency" text collate "C",
  "fee_in_quote" numeric(38, 18) constraint "fills_fee_in_quote_form" check ("fee_in_quote" <> 'NaN'),
  "executed_at" timestamptz(6) not null,
  "sequence" bigint,
  "source" text collate "C" not null,
  "attributes" jsonb,
  "ingest_seq" bigint not null,
  primary key ("user_id", "id"),
  constraint "fills_quantity_positive" check ("quantity" > 0),
  constraint "fills_price_not_negative" check ("price" >= 0)
);

create index "fills_by_time" on "fills" ("user_id", "executed_at", "id");

create index "fills_by_symbol_time" on "fills" ("user_id", "symbol", "executed_at", "id");

create index "fills_by_order" on "fills" ("user_id", "order_id");

create index "fills_by_symbol_ingest" on "fills" ("user_id", "symbol", "ingest_seq");

create table "orders" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "account" text collate "C" not null,
  "bot_id" text collate "C",
  "symbol" text collate "C" not null,
  "side" text collate "C" not null constraint "orders_side_form" check ("side" in ('buy', 'sell')),
  "order_type" text collate "C" not null constraint "orders_order_type_form" check ("order_type" in ('market', 'limit', 'stop', 'stop_limit')),
  "quantity" numeric(38, 18) not null constraint "orders_quantity_form" check ("quantity" <> 'NaN'),
  "price" numeric(38, 18) constraint "orders_price_form" check ("price" <> 'NaN'),
  "stop_price" numeric(38, 18) constraint "orders_stop_price_form" check ("stop_price" <> 'NaN'),
  "status" text collate "C" not null constraint "orders_status_form" check ("status" in ('pending', 'ongoing', 'closed', 'failed', 'cancelled')),
  "source_status" text collate "C",
  "filled_quantity" numeric(38, 18) not null constraint "orders_filled_quantity_form" check ("filled_quantity" <> 'NaN'),
  "average_price" numeric(76, 36) constraint "orders_average_price_form" check ("average_price" <> 'NaN'),
  "filled_value" numeric(76, 36) constraint "orders_filled_value_form" check ("filled_value" <> 'NaN'),
  "fee" numeric(76, 36) constraint "orders_fee_form" check ("fee" <> 'NaN'),
  "fee_currency" text collate "C",
  "placed_at" timestamptz(6) not null,
  "filled_at" timestamptz(6),
  "closed_at" timestamptz(6),
  "expires_at" timestamptz(6),
  "broker_order_id" text collate "C",
  "client_order_id" text collate "C",
  "position_id" text collate "C",
  "signal_id" text collate "C",
  "origin" text collate "C" constraint "orders_origin_form" check ("origin" in ('signal', 'manual', 'paper_trading')),
  "entry_type" text collate "C" constraint "orders_entry_type_form" check ("entry_type" in ('initial', 'reentry', 'manual', 'system_recommended', 'manual_buy_of_bot_recommendation')),
  "mode" text collate "C" constraint "orders_mode_form" check ("mode" in ('paper', 'broker')),
  "variety" text collate "C" constraint "orders_variety_form" check ("variety" in ('regular', 'amo')),
  "exchange" text collate "C",
  "product" text collate "C",
  "reason" text collate "C",
  "retry_count" bigint not null,
  "first_failed_at" timestamptz(6),
  "last_retry_at" timestamptz(6),
  "last_checked_at" timestamptz(6),
  "attributes" jsonb,
  "updated_at" timestamptz(6),
  "source" text collate "C" not null,
  "revision" bigint not null,
  primary key ("user_id", "id"),
  constraint "orders_quantity_not_negative" check ("quantity" >= 0),
  constraint "orders_filled_not_negative" check ("filled_quantity" >= 0),
  constraint "orders_price_positive" check ("price" > 0),
  constraint "orders_retries_not_negative" check ("retry_count" >= 0)
);

create index "orders_by_time" on "orders" ("user_id", "placed_at", "id");

create index "orders_by_status" on "orders" ("user_id", "status", "placed_at", "id");

create index "orders_by_symbol" on "orders" ("user_id", "symbol", "placed_at", "id");

create index "orders_by_broker_order" on "orders" ("user_id", "broker_order_id");

create table "positions" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "account" text collate "C" not null,
  "bot_id" text collate "C",
  "symbol" text collate "C" not null,
  "position_type" text collate "C" not null constraint "positions_position_type_form" check ("position_type" in ('LONG', 'SHORT')),
  "status" text collate "C" not null constraint "positions_status_form" check ("status" in ('open', 'closed')),
  "quantity" numeric(38, 18) constraint "positions_quantity_form" check ("quantity" <> 'NaN'),
  "size" numeric(76, 36) constraint "positions_size_form" check ("size" <> 'NaN'),
  "leverage" numeric(38, 18) not null constraint "positions_leverage_form" check ("leverage" <> 'NaN'),
  "entry_price" numeric(76, 36) constraint "positions_entry_price_form" check ("entry_price" <> 'NaN'),
  "initial_entry_price" numeric(76, 36) constraint "positions_initial_entry_price_form" check ("initial_entry_price" <> 'NaN'),
  "exit_price" numeric(76, 36) constraint "positions_exit_price_form" check ("exit_price" <> 'NaN'),
  "liquidation_price" numeric(76, 36) constraint "positions_liquidation_price_form" check ("liquidation_price" <> 'NaN'),
  "stop_loss" numeric(76, 36) constraint "positions_stop_loss_form" check ("stop_loss" <> 'NaN'),
  "take_profit" numeric(76, 36) constraint "positions_take_profit_form" check ("take_profit" <> 'NaN'),
  "unrealized_pnl" numeric(76, 36) constraint "positions_unrealized_pnl_form" check ("unrealized_pnl" <> 'NaN'),
  "realized_pnl" numeric(76, 36) constraint "positions_realized_pnl_form" check ("realized_pnl" <> 'NaN'),
  "realized_pnl_percent" numeric(76, 36) constraint "positions_realized_pnl_percent_form" check ("realized_pnl_percent" <> 'NaN'),
  "opened_at" timestamptz(6),
  "closed_at" timestamptz(6),
  "exit_reason" text collate "C",
  "reentry_count" bigint not null,
  "reentries" jsonb,
  "mode" text collate "C" constraint "positions_mode_form" check ("mode" in ('paper', 'broker')),
  "attributes" jsonb,
  "updated_at" timestamptz(6),
  "source" text collate "C" not null,
  "revision" bigint not null,
  primary key ("user_id", "id"),
  constraint "positions_quantity_or_size" check ("quantity" is not null or "size" is not null),
  constraint "positions_quantity_not_negative" check ("quantity" >= 0),
  constraint "positions_open_without_close" check ("status" <> 'open' or "closed_at" is null),
  constraint "positions_opened_before_closed" check ("opened_at" <= "closed_at"),
  constraint "positions_leverage_positive" check ("leverage" > 0),
  constraint "positions_reentries_not_negative" check ("reentry_count" >= 0),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
);

create index "positions_by_status" on "positions" ("user_id", "status", "id");

create index "positions_by_symbol" on "positions" ("user_id", "symbol", "id");

create index "positions_by_bot" on "positions" ("user_id", "bot_id", "status");

create table "trades" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "bot_id" text collate "C",
  "position_id" text collate "C",
  "symbol" text collate "C" not null,
  "trade_type" text collate "C" not null constraint "trades_trade_type_form" check ("trade_type" in ('LONG', 'SHORT')),
  "action" text collate "C" not null constraint "trades_action_form" check ("action" in ('OPEN', 'CLOSE')),
  "entry_price" numeric(38, 18) not null constraint "trades_entry_price_form" check ("entry_price" <> 'NaN'),
  "exit_price" numeric(38, 18) constraint "trades_exit_price_form" check ("exit_price" <> 'NaN'),
  "size" numeric(76, 36) not null constraint "trades_size_form" check ("size" <> 'NaN'),
  "leverage" numeric(38, 18) not null constraint "trades_leverage_form" check ("leverage" <> 'NaN'),
  "pnl" numeric(76, 36) not null constraint "trades_pnl_form" check ("pnl" <> 'NaN'),
  "fee" numeric(76, 36) not null constraint "trades_fee_form" check ("fee" <> 'NaN'),
  "executed_at" timestamptz(6) not null,
  "reason" text collate "C",
  "mode" text collate "C" constraint "trades_mode_form" check ("mode" in ('paper', 'broker')),
  "attributes" jsonb,
  "source" text collate "C" not null,
  primary key ("user_id", "id"),
  constraint "trades_open_without_exit" check ("action" <> 'OPEN' or "exit_price" is null),
  constraint "trades_close_with_exit" check ("action" <> 'CLOSE' or "exit_price" is not null),
  constraint "trades_leverage_positive" check ("leverage" > 0),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
);

create index "trades_by_time" on "trades" ("user_id", "executed_at", "id");

create index "trades_by_pnl" on "trades" ("user_id", "action", "pnl", "id");

create index "trades_by_close" on "trades" ("user_id", "action", "executed_at", "pnl");

create index "trades_by_bot" on "trades" ("user_id", "bot_id", "executed_at");

create index "trades_by_position" on "trades" ("user_id", "position_id");

create table "holdings" (
  "user_id" text collate "C" not null,
  "account" text collate "C" not null,
  "symbol" text collate "C" not null,
  "quantity" numeric(38, 18) not null constraint "holdings_quantity_form" check ("quantity" <> 'NaN'),
  "average_price" numeric(76, 36) constraint "holdings_average_price_form" check ("average_price" <> 'NaN'),
  "current_price" numeric(76, 36) constraint "holdings_current_price_form" check ("current_price" <> 'NaN'),
  "cost_basis" numeric(76, 36) constraint "holdings_cost_basis_form" check ("cost_basis" <> 'NaN'),
  "market_value" numeric(76, 36) constraint "holdings_market_value_form" check ("market_value" <> 'NaN'),
  "pnl" numeric(76, 36) constraint "holdings_pnl_form" check ("pnl" <> 'NaN'),
  "pnl_percent" numeric(76, 36) constraint "holdings_pnl_percent_form" check ("pnl_percent" <> 'NaN'),
  "exchange" text collate "C",
  "product" text collate "C",
  "isin" text collate "C",
  "attributes" jsonb,
  "updated_at" timestamptz(6),
  "revision" bigint not null,
  primary key ("user_id", "account", "symbol")
);

create table "signals" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "symbol" text collate "C" not null,
  "at" timestamptz(6) not null,
  "status" text collate "C" not null constraint "signals_status_form" check ("status" in ('active', 'expired', 'traded', 'rejected', 'failed')),
  "verdict" text collate "C",
  "rsi10" numeric(76, 36) constraint "signals_rsi10_form" check ("rsi10" <> 'NaN'),
  "ema9" numeric(76, 36) constraint "signals_ema9_form" check ("ema9" <> 'NaN'),
  "ema200" numeric(76, 36) constraint "signals_ema200_form" check ("ema200" <> 'NaN'),
  "distance_to_ema9" numeric(76, 36) constraint "signals_distance_to_ema9_form" check ("distance_to_ema9" <> 'NaN'),
  "clean_chart" boolean,
  "monthly_support_dist" numeric(76, 36) constraint "signals_monthly_support_dist_form" check ("monthly_support_dist" <> 'NaN'),
  "confidence" numeric(76, 36) constraint "signals_confidence_form" check ("confidence" <> 'NaN'),
  "ended_at" timestamptz(6),
  "reason" text collate "C",
  "attributes" jsonb,
  "updated_at" timestamptz(6),
  "source" text collate "C" not null,
  "revision" bigint not null,
  primary key ("user_id", "id"),
  constraint "signals_ended_after_it_began" check ("at" <= "ended_at")
);

create index "signals_by_time" on "signals" ("user_id", "at", "id");

create index "signals_by_status" on "signals" ("user_id", "status", "at", "id");

create index "signals_by_symbol" on "signals" ("user_id", "symbol", "at", "id");

create table "bot_decisions" (
  "user_id" text collate "C" not null,
  "bot_id" text collate "C" not null,
  "at" timestamptz(6) not null,
  "prompt" text collate "C" not null,
  "decisions" jsonb not null,
  "notes" jsonb,
  "succeeded" boolean not null,
  "error" text collate "C",
  "attributes" jsonb,
  "source" text collate "C" not null,
  primary key ("user_id", "bot_id", "at"),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
);

create index "bot_decisions_by_time" on "bot_decisions" ("user_id", "at", "bot_id");

create table "bot_state_snapshots" (
  "user_id" text collate "C" not null,
  "bot_id" text collate "C" not null,
  "at" timestamptz(6) not null,
  "total_value" numeric(76, 36) not null constraint "bot_state_snapshots_total_value_form" check ("total_value" <> 'NaN'),
  "balance" numeric(76, 36) constraint "bot_state_snapshots_balance_form" check ("balance" <> 'NaN'),
  "unrealized_pnl" numeric(76, 36) constraint "bot_state_snapshots_unrealized_pnl_form" check ("unrealized_pnl" <> 'NaN'),
  "realized_pnl" numeric(76, 36) constraint "bot_state_snapshots_realized_pnl_form" check ("realized_pnl" <> 'NaN'),
  "trade_count" bigint,
  "win_rate" numeric(76, 36) constraint "bot_state_snapshots_win_rate_form" check ("win_rate" <> 'NaN'),
  "source" text collate "C" not null,
  primary key ("user_id", "bot_id", "at"),
  constraint "bot_state_snapshots_trades_not_negative" check ("trade_count" >= 0),
  constraint "bot_state_snapshots_win_rate_not_negative" check ("win_rate" >= 0),
  constraint "bot_state_snapshots_win_rate_at_most_one" check ("win_rate" <= 1),
  foreign key ("user_id", "bot_id") references "bots" ("user_id", "id") on delete restrict
);

create index "bot_state_snapshots_by_time" on "bot_state_snapshots" ("user_id", "at", "bot_id");

create table "pnl_daily" (
  "user_id" text collate "C" not null,
  "account" text collate "C" not null,
  "day" text collate "C" not null,
  "realized_pnl" numeric(76, 36) not null constraint "pnl_daily_realized_pnl_form" check ("realized_pnl" <> 'NaN'),
  "unrealized_pnl" numeric(76, 36) not null constraint "pnl_daily_unrealized_pnl_form" check ("unrealized_pnl" <> 'NaN'),
  "fees" numeric(76, 36) not null constraint "pnl_daily_fees_form" check ("fees" <> 'NaN'),
  "zone" text collate "C",
  "updated_at" timestamptz(6),
  "source" text collate "C" not null,
  primary key ("user_id", "account", "day"),
  constraint "pnl_daily_day_form" check ("day" ~ '^[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]$')
);

create index "pnl_daily_by_day" on "pnl_daily" ("user_id", "day", "account");

create table "user_settings" (
  "user_id" text collate "C" not null,
  "name" text collate "C" not null,
  "value" jsonb not null,
  "updated_at" timestamptz(6),
  "revision" bigint not null,
  primary key ("user_id", "name")
);

create table "service_status" (
  "user_id" text collate "C" not null,
  "service" text collate "C" not null,
  "running" boolean not null,
  "last_heartbeat_at" timestamptz(6),
  "last_task_at" timestamptz(6),
  "error_count" bigint not null,
  "last_error" text collate "C",
  "last_error_at" timestamptz(6),
  "created_at" timestamptz(6) not null,
  "updated_at" timestamptz(6) not null,
  primary key ("user_id", "service"),
  constraint "service_status_errors_not_negative" check ("error_count" >= 0)
);

create table "service_task_executions" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "service" text collate "C" not null,
  "task_name" text collate "C" not null,
  "executed_at" timestamptz(6) not null,
  "status" text collate "C" not null constraint "service_task_executions_status_form" check ("status" in ('running', 'success', 'failed', 'skipped')),
  "duration_ms" bigint,
  "message" text collate "C",
  "details" jsonb,
  primary key ("user_id", "id"),
  constraint "service_task_executions_duration_not_negative" check ("duration_ms" >= 0)
);

create index "service_task_executions_by_time" on "service_task_executions" ("user_id", "executed_at", "id");

create index "service_task_executions_by_task" on "service_task_executions" ("user_id", "task_name", "executed_at", "id");

create table "service_logs" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "at" timestamptz(6) not null,
  "level" text collate "C" not null constraint "service_logs_level_form" check ("level" in ('DEBUG', 'INFO', 'WARNING', 'ERROR', 'CRITICAL')),
  "module" text collate "C" not null,
  "message" text collate "C" not null,
  "context" jsonb,
  primary key ("user_id", "id")
);

create index "service_logs_by_time" on "service_logs" ("user_id", "at", "id");

create index "service_logs_by_level" on "service_logs" ("user_id", "level", "at", "id");
