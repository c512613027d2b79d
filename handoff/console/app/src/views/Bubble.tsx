import { hour, second } from "../clock";
import { me } from "../desk";
import { writeAgain } from "../drafts";
import { writeAndSave } from "../edits";
import { EMPTY_PLACE, point } from "../places";
import { stateName, t } from "../texts";
import type { City, Incident, Message } from "../types";
import { mayEdit } from "../rights";
import { keyOf } from "../store";
import { focusOn } from "../ui";
import { File } from "./File";
import { Folded } from "./Folded";
import { Why } from "./Why";
import { Icon } from "./Icon";
import { steady } from "./steady";

interface BubbleOf {
  message: Message;
  city: City;
  incident: Incident | null;
}

const LATE_MIN = 10;

export const Bubble = steady(({ message, city, incident }: BubbleOf) => (
  <article class={`bubble ${message.direction} ${message.author}${message.deleted ? " deleted" : ""}`}>
    <p class="by">
      <b>{speaker(message)}</b>
      <time dateTime={message.at} title={second(message.at, city.timezone)}>
        {hour(message.at, city.timezone)}
      </time>
      <Late message={message} />
    </p>
    <Words message={message} />
    {message.place && <Pin message={message} incident={incident} />}
    {message.attachments.map((file) => (
      <File key={file.id} file={file} at={hour(message.at, city.timezone)} />
    ))}
    {message.buttons.length > 0 && (
      <p class="choices">
        {message.buttons.map((title) => (
          <span key={title}>{title}</span>
        ))}
      </p>
    )}
    {message.state && (
      <p class={`state ${message.state}`}>
        {stateName[message.state]}
        {message.error && `: ${message.error}`} <Again message={message} city={city} />
      </p>
    )}
    {message.understanding && <Why understanding={message.understanding} city={city} />}
  </article>
));

function speaker(message: Message): string {
  if (message.author === "bot") return t.thread.bot;
  if (message.author === "system") return t.thread.system;
  if (message.author === "citizen") return t.thread.citizen;
  if (message.operator?.id === me.peek()?.operator.id) return t.thread.you;
  return message.operator?.name ?? t.thread.system;
}

/** The operator decides whether words that failed are still worth sending. */
function Again({ message, city }: { message: Message; city: City }) {
  if (message.author !== "operator" || !["failed", "stale", "dropped", "unsure"].includes(message.state ?? "")) return null;
  const again = (): void => {
    writeAgain(keyOf(city.slug, message.conversation_id), message.text);
    focusOn("reply");
  };
  return (
    <button type="button" onClick={again}>
      {t.thread.resend}
    </button>
  );
}

/** An old cry for help that came in late must not be read as one of now. */
function Late({ message }: { message: Message }) {
  const minutes = Math.round((Date.parse(message.received_at) - Date.parse(message.at)) / 60_000);
  return message.direction === "in" && minutes >= LATE_MIN ? <b class="tag warn">{t.thread.late(minutes)}</b> : null;
}

function Words({ message }: { message: Message }) {
  const { text, edited_text: edited, deleted, kind } = message;
  const bare = kind !== "call" && !text && !edited && !message.place && !message.attachments.length;
  return (
    <>
      {bare && <p class="words placeholder">{t.thread.unreadable(t.thread.kinds[kind] ?? kind)}</p>}
      {!bare && t.thread.kinds[kind] && <p class="kind">{t.thread.kinds[kind]}</p>}
      {(edited ?? text) && <Folded text={edited ?? text} />}
      {edited && (
        <p class="kind">
          {t.thread.edited}. {t.thread.before} <s>{text}</s>
        </p>
      )}
      {deleted && <p class="kind">{t.thread.deleted}</p>}
    </>
  );
}

function Pin({ message, incident }: { message: Message; incident: Incident | null }) {
  const { place } = message;
  if (!place) return null;
  const use = (): void => {
    if (!incident) return;
    const { lat, lon, accuracy_m, label } = place;
    writeAndSave(incident, "place", { ...EMPTY_PLACE, lat, lon, accuracy_m, text: label, source: "pin" });
  };
  return (
    <p class="pin">
      <Icon name="pin" />
      <span>
        <b>{place.live ? t.thread.livePin : t.thread.pin}</b> {place.label && `${place.label} · `}
        {point(place.lat, place.lon)} {place.accuracy_m !== null && t.place.accuracy(Math.round(place.accuracy_m))}
      </span>
      {incident && message.direction === "in" && mayEdit(incident) && (
        <button type="button" onClick={use}>
          {t.place.use}
        </button>
      )}
    </p>
  );
}
