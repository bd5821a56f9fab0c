/**
 * Reloads that can be taken back: to the configuration before (`--undo`), or by themselves unless they are confirmed in
 * time (`--confirm`). What is brought back is the specification that was in force, with everything that it was made from;
 * the file of the configuration is not touched. What is not confirmed, or was taken back, does not come into force by a
 * restart (`unaccepted`).
 *
 *   reload ─► previous = what was in force ─┬─ confirm within N s ─► stays
 *                                           └─ nobody confirms ────► previous is in force again, `undone`
 */
import type { ReloadView } from '../../engine/api/daemon-views.ts';
import type { Engine } from '../../engine/engine.ts';
import { describeReload } from '../../engine/show/reload.ts';
import type { RouterSpec } from '../../spec/router.ts';
import { digestOf, type Unaccepted } from './unaccepted.ts';

/** A configuration that was in force. */
interface Past {
  readonly spec: RouterSpec;
  /** The text of its file. */
  readonly text: string;
}

/** A reload that waits for its confirmation. */
interface Unconfirmed {
  /** What comes back. */
  readonly past: Past;
  readonly deadlineMs: number;
  readonly timer: NodeJS.Timeout;
}

/** The reloads themselves. */
interface Reloads {
  /** A reload is under way. */
  readonly isBusy: boolean;
  /** The text of the configuration in force. */
  readonly text: string;
  /** The specification of that text; null: it is that of the start. */
  readonly wanted: RouterSpec | null;
  reload(force: boolean): Promise<ReloadView>;
  restore(spec: RouterSpec, text: string): Promise<ReloadView>;
}

interface Files {
  /** Saves the text of the configuration before; returns its path, or null if that fails. */
  savePrevious(text: string): Promise<string | null>;
  /** The state of a file that a restart must not apply: why it cannot be saved or removed, or null. */
  readonly unaccepted: {
    save(unaccepted: Unaccepted): Promise<string | null>;
    /** A start may look for the state where this specification puts it. */
    alsoFor(spec: RouterSpec): void;
    remove(): Promise<string | null>;
  };
}

/** A mistake of the operator, in one sentence. */
export class ReloadRefused extends Error {
  override readonly name = 'ReloadRefused';
}

export class SafeReload {
  /** Why the configuration in force is not that of the file; null: it is. */
  undone: string | null = null;
  private readonly reloads: Reloads;
  private readonly engine: Engine;
  private readonly files: Files;
  private readonly path: string;
  private previous: Past | null = null;
  private unconfirmed: Unconfirmed | null = null;
  private savedAs: string | null = null;
  /** Of the text of the file that a restart must not apply. */
  private digest: string | null = null;
  /** The text that was saved last. */
  private saved: string | null = null;

  /** @param path of the configuration */
  constructor(reloads: Reloads, engine: Engine, files: Files, path: string) {
    this.reloads = reloads;
    this.engine = engine;
    this.files = files;
    this.path = path;
  }

  /**
   * Reads and applies the configuration.
   * @param confirmSeconds it is taken back after this time unless `confirm` is called; null: it stays
   * @throws ReloadRefused if another reload is under way, whose result cannot be taken back
   */
  async reload(force = false, confirmSeconds: number | null = null): Promise<ReloadView> {
    if (confirmSeconds !== null) this.refuseIfBusy();
    const past = this.now();
    const waiting = this.unconfirmed;
    const back = waiting?.past ?? past;
    const mustConfirm = confirmSeconds !== null || waiting !== null;
    // Before anything is applied: a crash must not make the new configuration final.
    if (mustConfirm) await this.refuseFile(back, null);
    if (confirmSeconds !== null) this.refuseIfBusy();
    const view = await this.reloads.reload(force);
    const { engine } = this;
    if (this.reloads.wanted !== null) this.files.unaccepted.alsoFor(this.reloads.wanted);
    if (engine.spec === past.spec) {
      // As before: during a wait, and after an undo, a restart must not apply the file as it was then.
      const isAccepted = waiting === null && this.undone === null;
      if (mustConfirm) await (isAccepted ? this.acceptFile() : this.refuseFile(back, this.digest));
      return view;
    }
    this.undone = null;
    const notes: string[] = [];
    if (hasChanges(view)) {
      await this.keep(past);
      if (confirmSeconds !== null) this.wait(back, confirmSeconds);
    }
    if (this.unconfirmed === null) notes.push(...(await this.acceptFile()));
    else notes.push(this.waitingNote(), ...(await this.refuseFile(back, digestOf(this.reloads.text))));
    return withNotes(view, notes);
  }

  /** The reload that waits for it stays in force. @throws ReloadRefused if none waits, or it is just being taken back */
  async confirm(by: string): Promise<ReloadView> {
    if (this.unconfirmed === null) throw new ReloadRefused('no reload waits for its confirmation');
    this.refuseIfBusy();
    this.stopWaiting();
    this.engine.events.emit({ name: 'config.confirmed', path: this.path, by });
    return withNotes(NOTHING, ['the configuration is confirmed and stays in force', ...(await this.acceptFile())]);
  }

  /** Brings back the configuration before the last reload that changed something. @throws ReloadRefused if there is none */
  async undo(by: string): Promise<ReloadView> {
    this.refuseIfBusy();
    const past = this.unconfirmed?.past ?? this.previous;
    if (past === null && this.undone !== null) {
      throw new ReloadRefused('the configuration before the last reload is in force already');
    }
    if (past === null)
      throw new ReloadRefused('there is no configuration to go back to: no reload has changed anything');
    return this.bringBack(past, `\`reload --undo\` by ${by}`);
  }

  /** Seconds until the reload is taken back; null: none waits for its confirmation. */
  get unconfirmedSeconds(): number | null {
    if (this.unconfirmed === null) return null;
    return Math.max(0, Math.ceil((this.unconfirmed.deadlineMs - this.engine.clock.nowMs()) / 1000));
  }

  /** The daemon started with another configuration than that of its file, whose specification is `file`. */
  startUndone(why: string, digest: string | null, file: RouterSpec): void {
    this.files.unaccepted.alsoFor(file);
    this.undone = why;
    this.digest = digest;
  }

  close(): void {
    this.stopWaiting();
  }

  private refuseIfBusy(): void {
    if (this.reloads.isBusy) throw new ReloadRefused('a reload is under way; try again when it is done');
  }

  private now(): Past {
    return { spec: this.engine.spec, text: this.reloads.text };
  }

  private async keep(past: Past): Promise<void> {
    this.previous = past;
    await this.save(past.text);
  }

  private async save(text: string): Promise<void> {
    this.savedAs = await this.files.savePrevious(text);
    this.saved = text;
  }

  private wait(past: Past, seconds: number): void {
    this.stopWaiting();
    const { clock, events } = this.engine;
    const timer = setTimeout(() => void this.takeBack(past), seconds * 1000);
    this.unconfirmed = { past, timer, deadlineMs: clock.nowMs() + seconds * 1000 };
    events.emit({ name: 'config.unconfirmed', path: this.path, seconds });
  }

  private stopWaiting(): void {
    if (this.unconfirmed !== null) clearTimeout(this.unconfirmed.timer);
    this.unconfirmed = null;
  }

  /** Nobody has confirmed the reload. A reload that is under way ends first: its result is taken back, too. */
  private async takeBack(past: Past): Promise<void> {
    if (this.reloads.isBusy) return this.takeBackIn(BUSY_MS, past);
    await this.bringBack(past, 'the reload was not confirmed in time');
    if (this.unconfirmed?.past === past) this.takeBackIn(RETRY_MS, past);
  }

  private takeBackIn(ms: number, past: Past): void {
    if (this.unconfirmed === null) return;
    clearTimeout(this.unconfirmed.timer);
    const timer = setTimeout(() => void this.takeBack(past), ms);
    this.unconfirmed = { ...this.unconfirmed, timer };
  }

  private async bringBack(past: Past, why: string): Promise<ReloadView> {
    const before = this.now();
    const view = await this.reloads.restore(past.spec, past.text);
    // What could not be taken back now still is taken back: a reload that cut off its operator must not stay.
    if (this.engine.spec === before.spec) return view;
    this.stopWaiting();
    this.previous = null;
    if (!hasChanges(view) && before.text === past.text) {
      await this.acceptFile();
      return withNotes(view, ['the configuration before was in force already, and is that of the file']);
    }
    // Several reloads may lie between: then the saved text is that before the last one.
    if (this.saved !== past.text) await this.save(past.text);
    const text = this.savedAs === null ? '' : `; the text of the configuration in force is in ${this.savedAs}`;
    this.undone = `${why}: the configuration before is in force, also after a restart, and ${this.path} still has the newer one, which a reload applies${text}`;
    const notes = await this.refuseFile(past, digestOf(before.text));
    const changes = describeReload(view).join('; ');
    this.engine.events.emit({ name: 'config.rolled-back', path: this.path, why, changes });
    return withNotes(view, [this.undone, ...notes]);
  }

  /**
   * A restart does not apply the file while it has this digest, but `past`. @param digest null: whatever it has
   * @returns a note if that cannot be saved
   */
  private async refuseFile(past: Past, digest: string | null): Promise<string[]> {
    this.digest = digest ?? this.digest;
    const problem = await this.files.unaccepted.save({ path: this.path, text: past.text, digest });
    if (problem === null) return [];
    return [`WARNING: a crash or a restart applies ${this.path} as it is, since this cannot be saved: ${problem}`];
  }

  /** A restart applies the file. @returns a note if the state file cannot be removed */
  private async acceptFile(): Promise<string[]> {
    const problem = await this.files.unaccepted.remove();
    return problem === null ? [] : [`WARNING: a restart brings back the configuration before: ${problem}`];
  }

  private waitingNote(): string {
    return `this is taken back in ${this.unconfirmedSeconds} s unless \`reflectord reload --confirmed\` confirms it`;
  }
}

const NOTHING: ReloadView = {
  outcome: 'confirmed',
  peers: { added: [], removed: [], changed: [] },
  settings: [],
  restart: [],
  failed: [],
  warnings: [],
  notes: [],
};

/** How long to wait for a reload that is under way. */
const BUSY_MS = 100;

/** Until the next attempt, if the configuration before could not be applied, such as while its address is in use. */
const RETRY_MS = 10_000;

function withNotes(view: ReloadView, notes: readonly string[]): ReloadView {
  return { ...view, notes };
}

function hasChanges({ peers, settings, restart }: ReloadView): boolean {
  const { added, removed, changed } = peers;
  return [added, removed, changed, settings, restart].some(({ length }) => length > 0);
}
