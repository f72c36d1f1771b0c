create table "samples" (
  "user_id" text not null,
  "id" text not null,
  "label" text,
  "side" text not null constraint "samples_side_form" check ("side" in ('buy', 'sell', 'it''s')),
  "price" text not null constraint "samples_price_form" check (length("price") = 21 and ltrim("price", '0123456789') = ''),
  "stop" text constraint "samples_stop_form" check (length("stop") = 21 and ltrim("stop", '0123456789') = ''),
  "wide" text constraint "samples_wide_form" check (length("wide") = 77 and ltrim("wide", '0123456789') = ''),
  "at" integer not null,
  "until" integer,
  "count" integer not null,
  "live" integer not null constraint "samples_live_form" check ("live" in (0, 1)),
  "extra" text constraint "samples_extra_form" check (json_valid("extra")),
  "seen_at" integer not null,
  "revision" integer not null,
  "seq" integer not null,
  primary key ("user_id", "id"),
  constraint "samples_price_not_negative" check ("price" >= '100000000000000000000'),
  constraint "samples_times_ordered" check ("at" <= "until"),
  constraint "samples_something" check ("label" is not null or "count" is not null)
) strict, without rowid;

create unique index "samples_one_label" on "samples" ("user_id", "label");

create index "samples_by_price" on "samples" ("user_id", "price");

create index "samples_by_time" on "samples" ("user_id", "at", "id");

create index "samples_by_label" on "samples" ("user_id", "label");

create index "samples_by_seen" on "samples" ("user_id", "seen_at", "id");
