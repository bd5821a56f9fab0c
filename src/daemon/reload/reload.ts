/** A reload: reads the configuration, tries everything that can fail, and then applies all of it or nothing. */
import { type ConfigChanges, diffSteps, rangeChanges } from '../../config/reload/diff.ts';
import type { ReloadView } from '../../engine/api/daemon-views.ts';
import type { Engine } from '../../engine/engine.ts';
import { describeReload, MAX_NAMED } from '../../engine/show/reload.ts';
import type { RouterSpec } from '../../spec/router.ts';
import type { HttpPart } from '../parts/http-part.ts';
import type { Listening } from '../parts/listening.ts';
import { tryAll } from '../parts/part.ts';
import { refusalsOf } from './guarded.ts';
import { resultOf } from './in-slices.ts';
import type { ConfigRead } from './read-config.ts';
import { reconfigure } from './reconfigure.ts';

/** The functions of the process that a reload needs. */
export interface ReloadHost {
  /** Reads the configuration; errors are returned. */
  readonly readConfig: () => Promise<ConfigRead>;
  /** The text of the configuration at the start. */
  readonly source: string;
  /** Sets the levels of the log. */
  readonly configureLog: (spec: RouterSpec['log']) => void;
  /** Called when a reload starts and when it is over. */
  readonly onReloading: (underWay: boolean) => void;
}

/** The parts of the daemon that a reload changes. */
interface Parts {
  readonly engine: Engine;
  readonly listening: Listening;
  readonly metrics: HttpPart<NonNullable<RouterSpec['metrics']>>;
  readonly web: HttpPart<NonNullable<RouterSpec['web']>>;
}

const NO_PEERS: ReloadView['peers'] = { added: [], removed: [], changed: [] };

export class Reloader {
  /** Whether the configuration was accepted when it was last read, and when (seconds since the epoch). */
  configRead: { readonly lastLoadOk: boolean; readonly lastLoadSeconds: number };
  /** Why the last reload was refused; null: it was not. */
  rejected: string | null = null;
  /** The failures of the last reload, and the keys whose change needs a restart. */
  failures: readonly string[] = [];
  restartPending: readonly string[] = [];
  /** The text of the configuration in force. */
  text: string;
  /** The specification of that text, also where it needs a restart; null: it is that of the start. */
  wanted: RouterSpec | null = null;
  private readonly parts: Parts;
  private readonly host: ReloadHost;
  private readonly path: string;
  private underWay: Promise<ReloadView> | null = null;
  /** Those that follow the one under way, by `force`. */
  private readonly waiting = new Map<boolean, Promise<ReloadView>>();

  constructor(parts: Parts, host: ReloadHost, path: string) {
    this.parts = parts;
    this.host = host;
    this.path = path;
    this.text = host.source;
    this.configRead = { lastLoadOk: true, lastLoadSeconds: this.nowSeconds() };
  }

  /**
   * Reads the configuration again and applies it. Calls during a reload get the result of one that follows it.
   * @param force also what the guard refuses
   */
  reload(force = false): Promise<ReloadView> {
    if (this.underWay === null) return this.begin(force);
    const waiting = this.waiting.get(force) ?? this.after(force);
    this.waiting.set(force, waiting);
    return waiting;
  }

  private begin(force: boolean): Promise<ReloadView> {
    this.underWay = this.asReload(() => this.run(force));
    return this.underWay;
  }

  /** The file may have been read before it was changed: a further reload follows the one that is under way. */
  private async after(force: boolean): Promise<ReloadView> {
    while (this.underWay !== null) await this.underWay.catch(() => {});
    this.waiting.delete(force);
    return this.begin(force);
  }

  /** A reload is under way. */
  get isBusy(): boolean {
    return this.underWay !== null;
  }

  /** Applies a specification that was in force before; the caller knows that no reload is under way. */
  restore(spec: RouterSpec, text: string): Promise<ReloadView> {
    this.underWay = this.asReload(() => this.apply(spec, text, []));
    return this.underWay;
  }

  private async asReload(run: () => Promise<ReloadView>): Promise<ReloadView> {
    this.host.onReloading(true);
    try {
      return await run();
    } finally {
      this.underWay = null;
      this.host.onReloading(false);
    }
  }

  private async run(force: boolean): Promise<ReloadView> {
    const lastLoadSeconds = this.nowSeconds();
    const read = await this.host.readConfig();
    this.configRead = { lastLoadOk: read.ok, lastLoadSeconds };
    const { events } = this.parts.engine;
    if (!read.ok) {
      const { count, errors, text } = read;
      events.emit({ name: 'config.rejected', path: this.path, count, first: errors[0] ?? '', errors });
      return this.refuse('the configuration has errors', [text]);
    }
    for (const warning of read.warnings) events.emit({ name: 'config.warning', ...warning });
    const warnings = read.warnings.map(({ place, warning }) => `${place}: ${warning}`);
    const refusals = force ? [] : await refusalsOf(this.parts.engine, read.spec);
    if (refusals.length === 0) return this.apply(read.spec, read.source, warnings);
    events.emit({
      name: 'config.guarded',
      path: this.path,
      count: refusals.length,
      refusals: refusals.slice(0, MAX_NAMED),
    });
    return { ...this.refuse('the guard refused the configuration', refusals), outcome: 'guarded' };
  }

  private async apply(spec: RouterSpec, text: string, warnings: readonly string[]): Promise<ReloadView> {
    const { engine, listening, metrics, web } = this.parts;
    const diff = await resultOf(diffSteps(engine.spec, spec));
    const trial = await tryAll([
      () => listening.tryKeys(spec),
      () => listening.tryAddresses(spec.listen),
      ...(diff.metrics ? [() => metrics.tryMove(spec.metrics)] : []),
      ...(diff.web ? [() => web.tryMove(spec.web)] : []),
    ]);
    if (trial.problems.length > 0) {
      engine.events.emit({ name: 'config.reload-failed', path: this.path, problems: trial.problems });
      return this.refuse('the configuration cannot be applied', trial.problems);
    }
    this.host.configureLog(spec.log);
    const { failed, ...peers } = await resultOf(reconfigure(engine, diff, spec));
    const failures = [...failed, ...(await trial.commit())];
    this.text = text;
    this.wanted = spec;
    this.rejected = null;
    this.failures = failures;
    this.restartPending = diff.restartNeeded;
    return this.finish(diff, peers, failures, warnings);
  }

  private finish(
    diff: ConfigChanges,
    peers: ReloadView['peers'],
    failed: readonly string[],
    warnings: readonly string[],
  ): ReloadView {
    const { events } = this.parts.engine;
    const outcome = failed.length > 0 ? 'incomplete' : 'in-force';
    const settings = [...diff.settings, ...rangeChanges(diff)];
    const view: ReloadView = { outcome, peers, settings, restart: diff.restartNeeded, failed, warnings, notes: [] };
    for (const setting of diff.restartNeeded) events.emit({ name: 'config.restart-needed', setting });
    const counts = {
      added: peers.added.length,
      removed: peers.removed.length,
      changed: peers.changed.length,
      reset: peers.changed.filter(({ effect }) => effect === 'reset').length,
    };
    const changes = describeReload(view).join('; ');
    events.emit({ name: 'config.reloaded', path: this.path, ...counts, changes });
    if (failed.length > 0) {
      events.emit({ name: 'config.reload-incomplete', path: this.path, problems: failed.slice(0, MAX_NAMED) });
    }
    return view;
  }

  private refuse(why: string, failed: readonly string[]): ReloadView {
    this.rejected = why;
    return {
      outcome: 'refused',
      peers: NO_PEERS,
      settings: [],
      restart: this.restartPending,
      failed,
      warnings: [],
      notes: [],
    };
  }

  private nowSeconds(): number {
    return Math.floor(this.parts.engine.clock.wallMs() / 1000);
  }
}
