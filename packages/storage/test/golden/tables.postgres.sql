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
