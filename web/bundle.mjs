// What stands in for which package, in the built file and in the tests: of socket.io-client the Manager, and in place of its
// engine our own for the WebSocket alone (src/engine.ts).

import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export const alias = {
  "socket.io-client": here("node_modules/socket.io-client/build/esm/manager.js"),
  "engine.io-client": here("src/engine.ts"),
};
