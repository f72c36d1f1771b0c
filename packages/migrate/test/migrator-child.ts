// One life of a migrator, to be killed or to race: node migrator-child.ts URL up|slow|SCHEMA/ID. Says when it begins, and what ran.
import { createMigrator } from "@td/migrate";
import { killSchemas, slowSchema } from "./migrator-kill-schema.ts";

const [url = "", what = ""] = process.argv.slice(2);
const migrator = createMigrator(url, what === "slow" ? [slowSchema] : killSchemas);
process.send?.("begins");
const up = what === "up" || what === "slow";
const { confirm } = await migrator.plan(up ? {} : { down: what });
const { ran } = up ? await migrator.up({ confirm }) : await migrator.down({ to: what, confirm });
process.send?.(ran.map(({ migration }) => migration));
process.disconnect();
