import { t } from "../texts";
import type { Attachment } from "../types";

/** A photo, a voice note or another file; only ever from our own server. */
export function File({ file, at }: { file: Attachment; at: string }) {
  if (file.state === "queued") return <p class="file waiting">{t.thread.fetching}</p>;
  if (file.state === "failed" || !file.url?.startsWith("/api/")) return <p class="file failed">{t.thread.fetchFailed}</p>;
  if (file.kind === "photo" || (file.kind === "sticker" && file.mime?.startsWith("image/"))) {
    return (
      <a class="file photo" href={file.url} target="_blank" rel="noopener">
        <img src={file.url} alt={t.thread.photoOf(at)} loading="lazy" width={240} height={180} />
      </a>
    );
  }
  if (file.kind === "voice") {
    return (
      <figure class="file voice">
        <figcaption>{t.thread.voice(file.seconds === null ? "" : `${file.seconds} dtk`)}</figcaption>
        <audio controls preload="none" src={file.url} />
      </figure>
    );
  }
  if (file.kind === "video") {
    return <video class="file" controls preload="none" src={file.url} width={240} height={180} />;
  }
  return (
    <a class="file" href={file.url} target="_blank" rel="noopener">
      {t.thread.openFile(t.thread.kinds[file.kind] ?? file.kind)}
      {file.size !== null && ` (${Math.ceil(file.size / 1024)} kB)`}
    </a>
  );
}
