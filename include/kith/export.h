// KITH_EXPORT: what libkith shows to those who link it. Everything else in it is hidden.
#pragma once

#define KITH_EXPORT __attribute__((visibility("default")))
