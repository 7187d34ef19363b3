import { render } from "preact";
import { App } from "./app.tsx";
import { applyTheme } from "./theme.ts";
import "./style/page.css";

applyTheme();
const place = document.querySelector("#app");
if (place !== null) render(<App />, place);
