/** A parsed scalability mode (W3C webrtc-svc). */
export type ScalabilityMode = {
  /** Number of spatial layers, 1 or more. */
  spatialLayers: number;
  /** Number of temporal layers, 1 or more. */
  temporalLayers: number;
  /** Whether spatial layers depend on each other only in key frames (`_KEY`). */
  ksvc: boolean;
};
