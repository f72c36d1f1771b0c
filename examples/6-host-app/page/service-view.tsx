// The user's service: started and stopped here, watched as it works.
import { ask } from "./api.ts";
import { shortDay, timeText } from "./format.ts";
import { Amount, exact, Panel, Pill, Said, Table, Waiting } from "./parts.tsx";
import type { LogLine, Order, Page, Position, Service, Task } from "./types.ts";
import { useAction, useData } from "./use-data.ts";

/** The view. */
export function ServiceView() {
  return (
    <div className="columns">
      <Control />
      <Positions />
      <Log />
      <Orders />
      <Tasks />
    </div>
  );
}

function Control() {
  const { data, failure } = useData<Service>("/service", ["service"]);
  const { busy, said, act } = useAction();
  const set = (what: "start" | "stop") => () =>
    act(async () => {
      await ask("POST", `/service/${what}`);
      return what === "start" ? "The service was started." : "The service was stopped.";
    });
  if (data === undefined)
    return (
      <Panel title="Trading service">
        <Waiting failure={failure} rows={4} />
      </Panel>
    );
  const { running, record } = data;
  return (
    <Panel title="Trading service" aside={<Pill tone={running ? "good" : "quiet"}>{running ? "running" : "stopped"}</Pill>}>
      <dl className="facts">
        <dt>Last sign of life</dt>
        <dd>
          {record?.lastHeartbeatAt == null ? "never" : `${shortDay(record.lastHeartbeatAt)}, ${timeText(record.lastHeartbeatAt)} UTC`}
        </dd>
        <dt>Failures</dt>
        <dd>
          {record?.errorCount ?? 0}
          {record?.lastError == null ? "" : `, last: ${record.lastError}`}
        </dd>
      </dl>
      <div className="row actions">
        <button type="button" className={running ? "" : "primary"} disabled={busy} onClick={set(running ? "stop" : "start")}>
          {running ? "Stop the service" : "Start the service"}
        </button>
      </div>
      <Said said={said} />
    </Panel>
  );
}

function Log() {
  const { data, failure } = useData<Page<LogLine>>("/service/logs?limit=40", ["logs"]);
  return (
    <Panel title="Log" aside={<span className="note">latest first</span>}>
      {data === undefined ? (
        <Waiting failure={failure} rows={7.73} />
      ) : (
        <div className="log" role="log" aria-label="Log of the service" tabIndex={0}>
          <ol>
            {data.rows.map(({ id, at, level, message }) => (
              <li key={id} className={level.toLowerCase()}>
                <time dateTime={at}>{timeText(at)}</time>
                <span className="level">{level === "INFO" ? "" : level.toLowerCase()}</span>
                <span>{message}</span>
              </li>
            ))}
            {data.rows.length === 0 && <li className="empty">Nothing was logged yet.</li>}
          </ol>
        </div>
      )}
    </Panel>
  );
}

function Positions() {
  const { data, failure } = useData<Page<Position>>("/positions?limit=20", ["positions"]);
  return (
    <Panel title="Open positions" aside={<span className="note">of the desk</span>}>
      {data === undefined ? (
        <Waiting failure={failure} rows={4} />
      ) : (
        <Table
          label="Open positions"
          head={[
            ["Symbol", false],
            ["Units", true],
            ["Entry", true],
            ["Opened", true],
          ]}
        >
          {data.rows.map(({ id, symbol, quantity, entryPrice, openedAt }) => (
            <tr key={id}>
              <th scope="row">{symbol}</th>
              <td className="number">{quantity === null ? "—" : <Amount value={quantity} places={6} />}</td>
              <td className="number">{entryPrice === null ? "—" : <Amount value={entryPrice} places={4} />}</td>
              <td className="number">{openedAt === null ? "—" : timeText(openedAt)}</td>
            </tr>
          ))}
          {data.rows.length === 0 && <Empty columns={4} text="Nothing is held by the desk." />}
        </Table>
      )}
    </Panel>
  );
}

function Orders() {
  const { data, failure } = useData<Page<Order>>("/orders?limit=12", ["orders"]);
  return (
    <Panel title="Orders" aside={<span className="note">latest first</span>}>
      {data === undefined ? (
        <Waiting failure={failure} rows={6} />
      ) : (
        <Table
          label="Orders"
          head={[
            ["Order", false],
            ["Units", true],
            ["Average", true],
            ["Status", false],
          ]}
        >
          {data.rows.map(({ id, symbol, side, quantity, averagePrice, status }) => (
            <tr key={id}>
              <th scope="row">
                <span className={`side ${side}`}>{side}</span> {symbol}
              </th>
              <td className="number">
                <Amount value={quantity} places={6} />
              </td>
              <td className="number">{averagePrice === null ? "—" : <Amount value={averagePrice} places={4} />}</td>
              <td>{status === "closed" ? "filled" : status}</td>
            </tr>
          ))}
          {data.rows.length === 0 && <Empty columns={4} text="No order yet: start the service." />}
        </Table>
      )}
    </Panel>
  );
}

const TONES = { success: "good", failed: "bad", skipped: "quiet", running: "warn" } as const;

function Tasks() {
  const { data, failure } = useData<Page<Task>>("/service/tasks?limit=12", ["tasks"]);
  return (
    <Panel title="Tasks" className="wide" aside={<span className="note">on record, latest first</span>}>
      {data === undefined ? (
        <Waiting failure={failure} rows={6} />
      ) : (
        <Table
          label="Tasks"
          head={[
            ["Task", false],
            ["Began", false],
            ["Took", true],
            ["Ended", false],
            ["Said", false],
          ]}
        >
          {data.rows.map(({ id, taskName, executedAt, durationMs, status, message }) => (
            <tr key={id}>
              <th scope="row">{taskName}</th>
              <td>
                {shortDay(executedAt)}, {timeText(executedAt)}
              </td>
              <td className="number">{durationMs === null ? "—" : `${exact(String(durationMs))} ms`}</td>
              <td>
                <Pill tone={TONES[status]}>{status}</Pill>
              </td>
              <td>{message ?? ""}</td>
            </tr>
          ))}
          {data.rows.length === 0 && <Empty columns={5} text="No task has run yet." />}
        </Table>
      )}
    </Panel>
  );
}

function Empty({ columns, text }: { readonly columns: number; readonly text: string }) {
  return (
    <tr>
      <td colSpan={columns} className="empty">
        {text}
      </td>
    </tr>
  );
}
