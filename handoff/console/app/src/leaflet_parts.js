// Leaflet without the half of it that this page never uses; `import "leaflet"` ends here (see build.mjs).
import "leaflet/src/map/handler/Map.Drag.js";
import "leaflet/src/map/handler/Map.DoubleClickZoom.js";
import "leaflet/src/map/handler/Map.Keyboard.js";
import "leaflet/src/map/handler/Map.ScrollWheelZoom.js";
import "leaflet/src/map/handler/Map.TouchZoom.js";
import "leaflet/src/control/Control.Zoom.js";
import { attribution } from "leaflet/src/control/Control.Attribution.js";

export { createMap as map } from "leaflet/src/map/Map.js";
export { marker } from "leaflet/src/layer/marker/Marker.js";
export { divIcon } from "leaflet/src/layer/marker/DivIcon.js";
export { layerGroup } from "leaflet/src/layer/LayerGroup.js";
export { tileLayer } from "leaflet/src/layer/tile/TileLayer.js";
export const control = { attribution };
