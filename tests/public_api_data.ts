/** The public API of mediasoup 3.27, continued: messages and observers. */
import type { Buffer } from "node:buffer";
import type { types } from "../mod.ts";
import type { Entity } from "./public_api.ts";

interface DataEntity extends Entity {
  readonly id: string;
  readonly sctpStreamParameters: types.SctpStreamParameters | undefined;
  readonly label: string;
  readonly protocol: string;
  readonly paused: boolean;
  transportClosed(): void;
  pause(): Promise<void>;
  resume(): Promise<void>;
}

export interface DataProducer extends DataEntity {
  readonly type: types.DataProducerType;
  readonly observer: types.DataProducerObserver;
  dump(): Promise<types.DataProducerDump>;
  getStats(): Promise<types.DataProducerStat[]>;
  send(
    message: string | Buffer,
    ppid?: number,
    subchannels?: number[],
    requiredSubchannel?: number,
    ignoredSubchannel?: number,
  ): void;
}

export interface DataConsumer extends DataEntity {
  readonly dataProducerId: string;
  readonly type: types.DataConsumerType;
  readonly dataProducerPaused: boolean;
  readonly subchannels: number[];
  readonly observer: types.DataConsumerObserver;
  dump(): Promise<types.DataConsumerDump>;
  getStats(): Promise<types.DataConsumerStat[]>;
  setBufferedAmountLowThreshold(threshold: number): Promise<void>;
  getBufferedAmount(): Promise<number>;
  send(message: string | Buffer, ppid?: number): Promise<number>;
  setSubchannels(subchannels: number[]): Promise<void>;
  addSubchannel(subchannel: number): Promise<void>;
  removeSubchannel(subchannel: number): Promise<void>;
}

interface RtpObserver extends Entity {
  readonly id: string;
  readonly paused: boolean;
  routerClosed(): void;
  pause(): Promise<void>;
  resume(): Promise<void>;
  addProducer(options: { producerId: string }): Promise<void>;
  removeProducer(options: { producerId: string }): Promise<void>;
}

export interface ActiveSpeakerObserver extends RtpObserver {
  readonly type: "activespeaker";
  readonly observer: types.ActiveSpeakerObserverObserver;
}

export interface AudioLevelObserver extends RtpObserver {
  readonly type: "audiolevel";
  readonly observer: types.AudioLevelObserverObserver;
}
