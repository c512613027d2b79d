import { me } from "../desk";
import { t } from "../texts";
import { Console } from "./Console";
import { Login } from "./Login";
import { FirstPassword } from "./Password";

export function App() {
  const who = me.value;
  if (who === undefined) {
    return (
      <p class="starting" role="status">
        {t.loading}
      </p>
    );
  }
  if (who === null) return <Login />;
  return who.operator.must_change_password ? <FirstPassword who={who} /> : <Console who={who} />;
}
