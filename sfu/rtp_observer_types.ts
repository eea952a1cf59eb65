/** The RTP observer: watches audio producers of a router. */

import type { AppData } from "./common_types.ts";
import type { EnhancedEventEmitter } from "./emitter.ts";
import type { Producer } from "./producer_types.ts";

export type RtpObserverType = "audiolevel" | "activespeaker";

export type RtpObserverEvents = {
  /** The router closed, and this observer with it. */
  routerclose: [];
  "@close": [];
};

export type RtpObserverObserver = EnhancedEventEmitter<RtpObserverObserverEvents>;

export type RtpObserverObserverEvents = {
  close: [];
  pause: [];
  resume: [];
  addproducer: [Producer];
  removeproducer: [Producer];
};

export interface RtpObserver<
  RtpObserverAppData extends AppData = AppData,
  Events extends RtpObserverEvents = RtpObserverEvents,
  Observer extends RtpObserverObserver = RtpObserverObserver,
> extends EnhancedEventEmitter<Events> {
  get id(): string;
  get closed(): boolean;
  get type(): RtpObserverType;
  get paused(): boolean;
  get appData(): RtpObserverAppData;
  set appData(appData: RtpObserverAppData);
  get observer(): Observer;
  close(): void;
  /** @private For the router. */
  routerClosed(): void;
  pause(): Promise<void>;
  resume(): Promise<void>;
  addProducer({ producerId }: { producerId: string }): Promise<void>;
  removeProducer({ producerId }: { producerId: string }): Promise<void>;
}
