/** Camera, microphone and screen, with a text for each reason why one may be unavailable. */

export interface LocalMedia {
  audio?: MediaStreamTrack;
  video?: MediaStreamTrack;
  /** What to tell the person if something is missing; empty if nothing is. */
  problem: string;
}

const cameraWish: MediaTrackConstraints = {
  width: { ideal: 1280 },
  height: { ideal: 720 },
  frameRate: { ideal: 30, max: 30 },
};

/** Opens both, or the one that works, or nothing, with a reason. Never throws. */
export async function openDevices(video: MediaTrackConstraints = {}): Promise<LocalMedia> {
  if (!navigator.mediaDevices?.getUserMedia) {
    return {
      problem: "This browser gives camera and microphone only to https pages and to localhost. " +
        "You can watch and listen.",
    };
  }
  const wish = { ...cameraWish, ...video };
  const both = await open({ audio: true, video: wish });
  if (!both.problem) return both;
  const [audio, camera] = [await open({ audio: true }), await open({ video: wish })];
  if (audio.audio) return { audio: audio.audio, problem: `No camera: ${camera.problem}` };
  if (camera.video) return { video: camera.video, problem: `No microphone: ${audio.problem}` };
  return { problem: `No camera and no microphone: ${both.problem} You can watch and listen.` };
}

async function open(constraints: MediaStreamConstraints): Promise<LocalMedia> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia(constraints);
    return {
      audio: stream.getAudioTracks()[0],
      video: stream.getVideoTracks()[0],
      problem: "",
    };
  } catch (error) {
    return { problem: explain(error) };
  }
}

function explain(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  switch (name) {
    case "NotAllowedError":
      return "the browser was told not to share it. Allow it in the address bar and join again.";
    case "NotFoundError":
    case "OverconstrainedError":
      return "none was found.";
    case "NotReadableError":
      return "another program is using it.";
    default:
      return String(error);
  }
}

/** @returns The screen's track, or undefined if the person cancelled. */
export async function openScreen(): Promise<MediaStreamTrack | undefined> {
  try {
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: 15 } });
    return stream.getVideoTracks()[0];
  } catch {
    return undefined;
  }
}
