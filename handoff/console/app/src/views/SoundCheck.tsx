import { useSignal } from "@preact/signals";
import { chime, sound, wake } from "../sound";
import { t } from "../texts";
import { Icon } from "./Icon";

/** A tone to hear before the shift begins, and leave for notices on the screen. */
export function SoundCheck() {
  const tested = useSignal(false);
  const test = async (): Promise<void> => {
    await wake();
    chime("test");
    tested.value = true;
  };
  return (
    <fieldset class="sound-check">
      <legend>{t.sound.title}</legend>
      <button type="button" onClick={() => void test()}>
        <Icon name="sound" /> {t.sound.test}
      </button>
      <AllowNotices />
      <p role="status">{sound.value === "none" ? t.sound.none : tested.value ? t.sound.tested : ""}</p>
    </fieldset>
  );
}

function AllowNotices() {
  const asked = useSignal(typeof Notification === "undefined" ? "none" : Notification.permission);
  if (asked.value !== "default") return null;
  const ask = async (): Promise<void> => {
    asked.value = await Notification.requestPermission();
  };
  return (
    <button type="button" onClick={() => void ask()}>
      {t.sound.notices}
    </button>
  );
}
