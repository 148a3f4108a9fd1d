// The API's own page at /docs: the document that the daemon serves, in Swagger UI. It has its own
// entry, so the app never loads it.
import 'swagger-ui-dist/swagger-ui.css';
import './styles/docs.css';
import SwaggerUI from 'swagger-ui-dist/swagger-ui-es-bundle.js';

SwaggerUI({
  url: '/openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  displayRequestDuration: true,
  docExpansion: 'list',
  defaultModelsExpandDepth: 0,
  filter: true,
  // No other host is asked anything.
  validatorUrl: null,
});
