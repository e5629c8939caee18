import { App } from './app.js';

const app = new App();
document.body.append(app.element);
void app.go(location.hash);
