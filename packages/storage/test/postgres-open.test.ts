// Provisioning, and the check at start-up that row level security really binds.
import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { c, defineTable, openStorage } from "../src/index.ts";
import { provisionPostgres } from "../src/postgres/index.ts";
import { execute, newName, ownerUrl, postgresDatabase, urlOf } from "./postgres-support.ts";
import { failure, fill, samples } from "./support.ts";

const tables = [samples];

async function opened(url: string): Promise<void> {
  const storage = await openStorage(url, { tables, busyTimeoutMs: 200 });
  await storage.close();
}

describe("openStorage on PostgreSQL", () => {
  it("opens what was provisioned and says where it is, without the password", async () => {
    const url = await postgresDatabase(tables);
    const storage = await openStorage(url, { tables });
    const { host, pathname } = new URL(url);
    expect([storage.engine, storage.path]).toEqual(["postgres", host + pathname]);
    await storage.forUser("ann").fills.insert(fill("a"));
    await failure(storage.digest(), "not-allowed");
    await storage.close();
    await failure(storage.forUser("ann").fills.count(), "closed");
  });

  it("refuses a superuser, a member of one, and a role with BYPASSRLS", async () => {
    const url = await postgresDatabase(tables);
    expect((await failure(opened(ownerUrl(url)), "unsafe-role")).facts["problems"]).toContain("is a superuser");
    const [bypass, member] = [newName(), newName()];
    await execute(
      ownerUrl(url),
      `create role ${bypass} login bypassrls password 'x'`,
      `create role ${member} login password 'x' in role ${bypass}`,
      `grant select on td_schema to ${bypass}, ${member}`,
    );
    const as = (role: string): Promise<void> => opened(urlOf(new URL(url).pathname.slice(1), { role, password: "x" }));
    expect((await failure(as(bypass), "unsafe-role")).facts["problems"]).toEqual(["has BYPASSRLS"]);
    expect((await failure(as(member), "unsafe-role")).message).toContain(`is a member of ${bypass}`);
    await execute(ownerUrl(url), `drop owned by ${bypass}, ${member}`, `drop role ${bypass}, ${member}`);
  });

  it.each([
    ["owns", "alter table fills owner to APP", "is owned by the role"],
    ["has no policy", "drop policy td_user on fills", "lacks the policy td_user"],
    ["has another policy", "alter policy td_user on fills using (true)", "lacks the policy td_user"],
    ["has a wider policy", "create policy more on fills using (true)", "has further policies (more)"],
    ["does not force row level security", "alter table fills no force row level security", "does not force row level security"],
    ["has no row level security", "alter table fills disable row level security", "has no row level security"],
    ["may be emptied", "grant truncate on fills to APP", "can be truncated, referenced or given triggers by the role"],
  ])("refuses a table that %s", async (_, statement, problem) => {
    const url = await postgresDatabase(tables);
    const app = new URL(url).username;
    await execute(ownerUrl(url), statement.replace("APP", app));
    const error = await failure(opened(url), "unprotected-table");
    expect(error.facts["problems"]).toEqual({ fills: [problem] });
    expect(error.message).toContain(`fills ${problem}`);
  });

  it("refuses a view that reads with its owner's rights", async () => {
    const url = await postgresDatabase(tables);
    await execute(ownerUrl(url), "alter view v_pnl_by_symbol set (security_invoker = false)");
    expect((await failure(opened(url), "unprotected-table")).message).toContain("v_pnl_by_symbol");
  });

  it("refuses a database that was not provisioned, or for other tables", async () => {
    const url = await postgresDatabase(tables);
    const empty = newName();
    await execute(urlOf("postgres"), `create database ${empty}`);
    const app = { role: new URL(url).username, password: new URL(url).password };
    expect((await failure(opened(urlOf(empty, app)), "schema-mismatch")).message).toContain("Run provisionPostgres");
    const other = defineTable("notes", { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"] });
    expect((await failure(openStorage(url, { tables: [other] }), "schema-mismatch")).facts["table"]).toBe("notes");
  });

  it("says what is wrong with the password, the database and the address, and never repeats the password", async () => {
    const url = await postgresDatabase(tables);
    const wrong = (change: (url: URL) => void): Promise<void> => {
      const changed = new URL(url);
      change(changed);
      return opened(changed.href);
    };
    const errors = [
      await failure(
        wrong((at) => (at.password = "secret")),
        "cannot-open",
      ),
      await failure(
        wrong((at) => (at.pathname = "nowhere")),
        "cannot-open",
      ),
      await failure(
        wrong((at) => (at.port = "1")),
        "server-unavailable",
      ),
    ];
    expect(errors.map(({ retryable }) => retryable)).toEqual([false, false, true]);
    for (const error of errors) expect(JSON.stringify([error.message, error.facts, String(error.cause)])).not.toMatch(/secret/);
  });

  it.each([{ maxConnections: 0 }, { maxConnections: 1.5 }, { statementTimeoutMs: -1 }, { schema: 'a"b' }])(
    "refuses the options %o",
    async (options) => {
      await failure(openStorage("postgres://a@localhost/b", options), "bad-request");
    },
  );
});

describe("provisionPostgres", () => {
  it("is safe to repeat, keeps the rows, adds new tables, mends a policy and sets a new password", async () => {
    const url = await postgresDatabase(tables);
    const storage = await openStorage(url, { tables });
    await storage.forUser("ann").fills.insert(fill("a"));
    await storage.close();
    await execute(ownerUrl(url), "drop policy td_user on fills");
    const more = defineTable("notes", { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"] });
    const appRole = new URL(url).username;
    await provisionPostgres({ ownerUrl: ownerUrl(url), appRole, tables: [...tables, more] });
    const again = await openStorage(url, { tables: [...tables, more] });
    await again.forUser("ann").table(more).insert({ id: "n" });
    expect(await again.forUser("ann").fills.count()).toBe(1);
    await again.close();
  });

  it("works as an owner that is no superuser, in a schema of its own, with nothing but its rights", async () => {
    const [database, owner, app] = [newName(), newName(), newName()];
    const password = randomBytes(8).toString("hex");
    await execute(
      urlOf("postgres"),
      `create role ${owner} login createrole password '${password}'`,
      `create database ${database} owner ${owner}`,
    );
    await provisionPostgres({ ownerUrl: urlOf(database, { role: owner, password }), appRole: app, password, schema: "trading", tables });
    const url = urlOf(database, { role: app, password });
    await failure(openStorage(url, { tables }), "schema-mismatch");
    const storage = await openStorage(url, { tables, schema: "trading" });
    await storage.forUser("ann").fills.insert(fill("a"));
    expect((await execute(urlOf(database, { role: owner, password }), "select count(*) from trading.fills"))[0]).toEqual(["0"]);
    await storage.close();
  });

  it("refuses a role that row level security would not hold, and takes everything back", async () => {
    const database = newName();
    await execute(urlOf("postgres"), `create database ${database}`);
    await failure(provisionPostgres({ ownerUrl: urlOf(database), appRole: "postgres" }), "unsafe-role");
    await failure(provisionPostgres({ ownerUrl: urlOf(database), appRole: newName() }), "bad-request");
    await failure(provisionPostgres({ ownerUrl: urlOf(database), appRole: 'x"; drop', password: "x" }), "bad-request");
    await execute(urlOf(database), "create table fills (id text)");
    const role = newName();
    await failure(provisionPostgres({ ownerUrl: urlOf(database), appRole: role, password: "x" }), "schema-mismatch");
    expect(await execute(urlOf(database), `select from pg_roles where rolname = '${role}'`)).toEqual([]);
  });
});
