// The pages beside the answers; a page of the group "start" is where everybody lands.
import type { Page } from "./pages";

export const MORE: readonly Page[] = [];
