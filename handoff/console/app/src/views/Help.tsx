import { setSingleKeys, singleKeys } from "../keys";
import { t } from "../texts";
import { Modal } from "./Modal";

export function Help() {
  return (
    <Modal title={t.help.title}>
      <KeyTable />
      <p>{t.help.note}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => setSingleKeys(event.currentTarget.checked)}
        />
        {t.help.singleKeys}
      </label>
    </Modal>
  );
}

export function KeyTable() {
  return (
    <table class="keys">
      <tbody>
        {t.help.rows.map(([keys, does]) => (
          <tr key={keys}>
            <th scope="row">
              <kbd>{keys}</kbd>
            </th>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
