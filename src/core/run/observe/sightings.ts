import type { Gap, TraceEvent } from './trace-events.ts';

/** Different files, and different addresses, that are kept apart; beyond, they are counted. */
const MAX_FILES = 200_000;
const MAX_ADDRESSES = 1000;
/** The kernel's own answers; `/dev/shm` holds files. */
export const KERNEL = /^\/(?:proc|sys|dev(?!\/shm\/))(?:\/|$)/;

/** What is known of one file. */
export interface Sighting {
  reads: boolean;
  executes: boolean;
  /** It was made, or cut to nothing, before anything else: nothing that was there before can have been read from it. */
  readonly product: boolean;
}

export interface Contact {
  readonly direction: 'inbound' | 'outbound';
  /** As `contactsOf` spells it. */
  readonly address: string;
  readonly reached: boolean;
}

/** What a run opened and contacted, gathered while it goes on. File names are bytes as Latin-1 text. */
export class Sightings {
  readonly files = new Map<string, Sighting>();
  readonly gaps = new Map<Gap, number>();
  /** Opens of declared files. */
  declared = 0;
  readonly #contacts = new Map<string, Contact>();
  readonly #isDeclared: (file: string) => boolean;

  constructor(isDeclared: (file: string) => boolean) {
    this.#isDeclared = isDeclared;
  }

  event(event: TraceEvent): void {
    if (event.kind === 'open') this.#open(event);
    else if (event.kind === 'exec') this.#execute(event.path);
    else if (event.kind === 'contact') this.#contact(event);
    else if (event.kind === 'gap') this.gap(event.gap);
  }

  gap(gap: Gap): void {
    this.gaps.set(gap, (this.gaps.get(gap) ?? 0) + 1);
  }

  /** In the order of their spelling. */
  get contacts(): readonly Contact[] {
    return [...this.#contacts].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, contact]) => contact);
  }

  #open({ path: file, reads, fresh, unlinked }: Extract<TraceEvent, { kind: 'open' }>): void {
    if (KERNEL.test(file)) return;
    if (this.#isDeclared(file)) {
      this.declared += 1;
      return;
    }
    const known = this.files.get(file);
    if (known !== undefined) known.reads ||= reads;
    else if (unlinked && !fresh && reads) this.gap('unlinked-file');
    else if (!unlinked) this.#add(file, { reads, executes: false, product: fresh });
  }

  /** Links are followed when the run is over: the record says the name alone. */
  #execute(file: string): void {
    const known = this.files.get(file);
    if (known === undefined) this.#add(file, { reads: false, executes: true, product: false });
    else known.executes = true;
  }

  #add(file: string, sighting: Sighting): void {
    if (this.files.size >= MAX_FILES) this.gap('too-many-files');
    else this.files.set(file, sighting);
  }

  #contact({ direction, address, reached }: Extract<TraceEvent, { kind: 'contact' }>): void {
    const key = `${direction} ${address}`;
    const known = this.#contacts.get(key);
    if (known === undefined && this.#contacts.size >= MAX_ADDRESSES) return this.gap('too-many-addresses');
    this.#contacts.set(key, { direction, address, reached: reached || known?.reached === true });
  }
}
