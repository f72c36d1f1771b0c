// For admins: backups and the record of the jobs.
import { ask } from "./api.ts";
import { shortDay, timeText } from "./format.ts";
import { exact, Panel, Pill, Said, Table, Waiting } from "./parts.tsx";
import type { BackupListed, Page, Task } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The view. */
export function OperationsView() {
  const backups = useData<readonly BackupListed[]>("/operations/backups", ["operations"]);
  const tasks = useData<Page<Task>>("/operations/tasks?limit=20", ["operations"]);
  const { busy, said, act } = useAction();
  const now = (): void =>
    act(async () => {
      const { value } = await ask<{ value: { bytes: number; rows: number; removed: readonly string[] } }>("POST", "/operations/backups");
      return `Backed up and verified: ${exact(String(value.rows))} rows in ${exact(String(value.bytes))} bytes; ${value.removed.length} old ones removed.`;
    });
  return (
    <div className="columns">
      <Panel title="Backups" className="wide" aside={<span className="note">nightly at 02:00 UTC</span>}>
        {backups.data === undefined ? (
          <Waiting failure={backups.failure} rows={4} />
        ) : (
          <Table
            label="Backups"
            head={[
              ["Archive", false],
              ["Verified", false],
              ["Kept because it is", false],
            ]}
          >
            {backups.data.map(({ name, verified, because }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>
                  <Pill tone={verified ? "good" : "warn"}>{verified ? "good" : "not yet"}</Pill>
                </td>
                <td className="wrap">{because.join(", ")}</td>
              </tr>
            ))}
            {backups.data.length === 0 && (
              <tr>
                <td colSpan={3} className="empty">
                  None yet.
                </td>
              </tr>
            )}
          </Table>
        )}
        <div className="row actions">
          <button type="button" className="primary" disabled={busy} onClick={now}>
            {busy ? "Backing up" : "Back up now"}
          </button>
        </div>
        <Said said={said} />
      </Panel>
      <Panel title="Jobs" className="wide" aside={<span className="note">on record, latest first</span>}>
        {tasks.data === undefined ? (
          <Waiting failure={tasks.failure} rows={4} />
        ) : (
          <ul className="list">
            {tasks.data.rows.map(({ id, taskName, executedAt, status, durationMs, message }) => (
              <li key={id} className="row">
                <b>{taskName}</b>
                <span>
                  {shortDay(executedAt)}, {timeText(executedAt)}
                </span>
                <Pill tone={status === "success" ? "good" : status === "failed" ? "bad" : "quiet"}>{status}</Pill>
                <span className="note">{durationMs === null ? "" : `${exact(String(durationMs))} ms`}</span>
                <span className="note">{message}</span>
              </li>
            ))}
            {tasks.data.rows.length === 0 && <li className="empty">No job has run yet.</li>}
          </ul>
        )}
      </Panel>
    </div>
  );
}
