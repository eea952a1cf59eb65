/**
 * The producers of a pool's router, and the pipes that carry them to other workers. One pair of linked
 * pipe transports joins two workers, for all producers and in both directions. A producer is piped once
 * to each worker that has consumers or observers of it, for as long as it has any. A pipe is complete
 * before the call that needs it returns: nobody sees one half made.
 */
import type { Consumer } from "../api/consumer.ts";
import type { ConsumerImpl } from "../media/consumer.ts";
import { NotFoundError } from "../base/errors.ts";
import { tie } from "../pipe/pipe_pairs.ts";
import { mirror } from "../pipe/pipe_to_router.ts";
import type { PipeTransportImpl } from "../pipe/pipe_transport.ts";
import type { PoolMember } from "./pool_member.ts";
import type { ProducerImpl } from "../media/producer.ts";
import type { Producer } from "../api/producer.ts";
import type { RtpCapabilities } from "../api/rtp_parameters.ts";
import type { AnyTransport, TransportParent } from "../transport/transport.ts";

const linked = { enableRtx: false, enableSrtp: false };

/** A producer, the part where the application made it, and its pipes by the part where they end. */
interface Origin {
  producer: ProducerImpl;
  home: PoolMember;
  /** The router's capabilities when the producer was made, which decided its codecs. */
  rtpCapabilities: RtpCapabilities;
  pipes: Map<PoolMember, Pipe>;
}

interface Pipe {
  consumer: ConsumerImpl;
  producer: ProducerImpl;
  /** Consumers and observers of `producer`. */
  users: number;
}

/** The parent of one end of a pair: a piped producer does not count as another producer of the router. */
class EndParent implements TransportParent {
  readonly #member: PoolMember;

  constructor(member: PoolMember) {
    this.#member = member;
  }

  get sharedRtpCapabilities(): RtpCapabilities {
    return this.#member.sharedRtpCapabilities;
  }

  /** Finds none: piped producers have the ids of their originals. */
  findProducer(): undefined {}

  reachProducer(id: string): ProducerImpl | undefined {
    return this.#member.findProducer(id);
  }

  producerOpened(): void {}

  producerClosed(): void {}

  transportClosed(transport: AnyTransport): void {
    this.#member.transportClosed(transport);
  }
}

export class PoolPipes {
  readonly #origins = new Map<string, Origin>();
  readonly #pipes = new Map<ProducerImpl, Pipe>();
  /** For each member its ends of pairs, by the member at the other end. */
  readonly #ends = new Map<PoolMember, Map<PoolMember, PipeTransportImpl>>();

  find(id: string): ProducerImpl | undefined {
    return this.#origins.get(id)?.producer;
  }

  /** The part in which the application made a producer. */
  homeOf(id: string): PoolMember | undefined {
    return this.#origins.get(id)?.home;
  }

  /** Whether a transport or consumer belongs to a pipe, so that the application did not make it. */
  isHidden(id: string): boolean {
    for (const ends of this.#ends.values()) {
      for (const end of ends.values()) if (end.id === id) return true;
    }
    for (const { consumer } of this.#pipes.values()) if (consumer.id === id) return true;
    return false;
  }

  /** The application made a producer in `home`. */
  add(producer: ProducerImpl, home: PoolMember): void {
    const rtpCapabilities = home.sharedRtpCapabilities;
    this.#origins.set(producer.id, { producer, home, rtpCapabilities, pipes: new Map() });
  }

  /** A producer of the application has closed. */
  remove(producer: ProducerImpl): void {
    const origin = this.#origins.get(producer.id);
    if (origin?.producer !== producer) return;
    this.#origins.delete(producer.id);
    for (const pipe of [...origin.pipes.values()]) pipe.consumer.close();
  }

  /** Closes all pipes from and to a member. */
  removeMember(member: PoolMember): void {
    for (const { producer, home } of [...this.#origins.values()]) {
      if (home === member) this.remove(producer);
    }
    for (const end of [...this.#ends.get(member)?.values() ?? []]) end.close();
  }

  /**
   * The producer at `member`, piped there if necessary. A new pipe that nobody uses is closed at the
   * end of this turn of the event loop.
   *
   * @throws NotFoundError | WorkerClosedError | Error No pipe could be made; nothing is left of it.
   */
  reach(id: string, member: PoolMember): ProducerImpl | undefined {
    const origin = this.#origins.get(id);
    if (!origin || origin.home === member) return origin?.producer;
    const known = origin.pipes.get(member);
    if (known) return known.producer;
    const pipe = this.#open(origin, member);
    queueMicrotask(() => this.#closeUnused(pipe));
    return pipe.producer;
  }

  /** Keeps a producer at `member` until the returned function is called. */
  holdAt(id: string, member: PoolMember): (() => void) | undefined {
    const producer = this.reach(id, member);
    return producer && this.hold(producer);
  }

  /** Keeps the producer's pipe, if it has one, until the consumer closes. */
  holdFor(consumer: ConsumerImpl, producer: ProducerImpl): void {
    const letGo = this.hold(producer);
    if (letGo) consumer.observer.once("close", letGo);
  }

  /** Keeps the pipe of a piped producer until the returned function is called. */
  hold(producer: ProducerImpl): (() => void) | undefined {
    const pipe = this.#pipes.get(producer);
    if (!pipe) return undefined;
    pipe.users += 1;
    let held = true;
    return () => {
      if (held) pipe.users -= 1;
      held = false;
      this.#closeUnused(pipe);
    };
  }

  #closeUnused(pipe: Pipe): void {
    if (pipe.users === 0) pipe.consumer.close();
  }

  #open(origin: Origin, member: PoolMember): Pipe {
    const { producer: { id, kind, appData }, home, rtpCapabilities } = origin;
    const [near, far] = this.#pairOf(home, member);
    const consumer = near.openConsumer({ producerId: id, appData, rtpCapabilities });
    try {
      const { rtpParameters, producerPaused: paused } = consumer;
      const options = { id, kind, rtpParameters, paused, appData };
      const producer = far.openProducer(options, rtpCapabilities);
      const pipe = { consumer, producer, users: 0 };
      mirror(consumer as Consumer, producer as Producer);
      this.#pipes.set(producer, pipe);
      origin.pipes.set(member, pipe);
      const forget = (): void => {
        this.#pipes.delete(producer);
        if (origin.pipes.get(member) === pipe) origin.pipes.delete(member);
      };
      producer.observer.once("close", forget);
      return pipe;
    } catch (error) {
      consumer.close();
      throw error;
    }
  }

  /** The ends at `one` and at `other` of the pair that joins them, which is made if necessary. */
  #pairOf(one: PoolMember, other: PoolMember): [PipeTransportImpl, PipeTransportImpl] {
    const near = this.#ends.get(one)?.get(other);
    const far = this.#ends.get(other)?.get(one);
    if (near && far) return [near, far];
    const made: PipeTransportImpl[] = [];
    try {
      for (const member of [one, other]) {
        made.push(member.openPipeTransport(linked, {}, new EndParent(member)));
      }
      const [local, remote] = made;
      local.linkTo(remote);
      tie(local, remote);
      this.#keep(one, other, local);
      this.#keep(other, one, remote);
      return [local, remote];
    } catch (error) {
      for (const transport of made) transport.close();
      throw error instanceof NotFoundError ? new NotFoundError(`pipe: ${error.message}`) : error;
    }
  }

  #keep(at: PoolMember, to: PoolMember, end: PipeTransportImpl): void {
    const ends = this.#ends.get(at) ?? new Map<PoolMember, PipeTransportImpl>();
    this.#ends.set(at, ends.set(to, end));
    end.observer.once("close", () => {
      ends.delete(to);
      if (ends.size === 0) this.#ends.delete(at);
    });
  }
}
