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

create table "samples" (
  "user_id" text collate "C" not null,
  "id" text collate "C" not null,
  "label" text collate "C",
  "side" text collate "C" not null constraint "samples_side_form" check ("side" in ('buy', 'sell', 'it''s')),
  "price" numeric(20, 8) not null constraint "samples_price_form" check ("price" <> 'NaN'),
  "stop" numeric(20, 8) constraint "samples_stop_form" check ("stop" <> 'NaN'),
  "wide" numeric(76, 36) constraint "samples_wide_form" check ("wide" <> 'NaN'),
  "at" timestamptz(6) not null,
  "until" timestamptz(6),
  "count" bigint not null,
  "live" boolean not null,
  "extra" jsonb,
  "seen_at" timestamptz(6) not null,
  "revision" bigint not null,
  "seq" bigint not null,
  primary key ("user_id", "id"),
  constraint "samples_price_not_negative" check ("price" >= 0),
  constraint "samples_times_ordered" check ("at" <= "until"),
  constraint "samples_something" check ("label" is not null or "count" is not null)
);

create unique index "samples_one_label" on "samples" ("user_id", "label");

create index "samples_by_price" on "samples" ("user_id", "price");

create index "samples_by_time" on "samples" ("user_id", "at", "id");

create index "samples_by_label" on "samples" ("user_id", "label");

create index "samples_by_seen" on "samples" ("user_id", "seen_at", "id");
