# ONNX Runtime: ONNXRUNTIME_ROOT (variable or environment), then the copy that tools/setup keeps, then the system's.
# Makes the target ONNXRuntime::ONNXRuntime.
set(_kith_home "$ENV{KITH_HOME}")
if(NOT _kith_home AND NOT "$ENV{XDG_DATA_HOME}" STREQUAL "")
  set(_kith_home "$ENV{XDG_DATA_HOME}/kith")
elseif(NOT _kith_home)
  set(_kith_home "$ENV{HOME}/.local/share/kith")
endif()
set(_roots ${ONNXRUNTIME_ROOT} $ENV{ONNXRUNTIME_ROOT} "${_kith_home}/onnxruntime")
find_path(ONNXRuntime_INCLUDE_DIR onnxruntime_cxx_api.h HINTS ${_roots}
          PATH_SUFFIXES include include/onnxruntime include/onnxruntime/core/session onnxruntime onnxruntime/core/session)
find_library(ONNXRuntime_LIBRARY NAMES onnxruntime libonnxruntime.so.1 HINTS ${_roots} PATH_SUFFIXES lib lib64)
if(ONNXRuntime_INCLUDE_DIR)
  file(STRINGS "${ONNXRuntime_INCLUDE_DIR}/onnxruntime_c_api.h" _line REGEX "#define ORT_API_VERSION [0-9]+")
  string(REGEX REPLACE ".* ([0-9]+).*" "1.\\1" ONNXRuntime_VERSION "${_line}")
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNXRuntime REQUIRED_VARS ONNXRuntime_LIBRARY ONNXRuntime_INCLUDE_DIR
  VERSION_VAR ONNXRuntime_VERSION REASON_FAILURE_MESSAGE "run tools/setup, or set ONNXRUNTIME_ROOT")
if(ONNXRuntime_FOUND AND NOT TARGET ONNXRuntime::ONNXRuntime)
  add_library(ONNXRuntime::ONNXRuntime SHARED IMPORTED)
  set_target_properties(ONNXRuntime::ONNXRuntime PROPERTIES IMPORTED_LOCATION "${ONNXRuntime_LIBRARY}"
    INTERFACE_SYSTEM_INCLUDE_DIRECTORIES "${ONNXRuntime_INCLUDE_DIR}"
    INTERFACE_INCLUDE_DIRECTORIES "${ONNXRuntime_INCLUDE_DIR}")
endif()
