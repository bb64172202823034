"use strict";

// The viewer has a dark dress of its own, put on by a class.
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const dress = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", dress);
dress();

SwaggerUIBundle({
  url: "openapi.json",
  domNode: document.getElementById("viewer"),
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
  // Nobody else is asked whether the description is valid.
  validatorUrl: null,
  queryConfigEnabled: false,
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
});
