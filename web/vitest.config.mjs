import { defineConfig } from "vitest/config";
import { alias } from "./bundle.mjs";

export default defineConfig({
  resolve: { alias },
  // The Manager must go through the alias too.
  test: { include: ["test/*.test.ts"], server: { deps: { inline: [/socket\.io-client/] } }, css: { include: [] } },
});
