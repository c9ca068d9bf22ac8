const { getDefaultConfig } = require('expo/metro-config');

const config = getDefaultConfig(__dirname);
// In a browser, expo-sqlite is SQLite compiled to WebAssembly.
config.resolver.assetExts.push('wasm');

module.exports = config;
