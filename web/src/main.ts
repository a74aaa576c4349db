import { AftercheckChat } from "./element.ts";

if (!customElements.get("aftercheck-chat")) customElements.define("aftercheck-chat", AftercheckChat);
