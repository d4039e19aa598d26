# The protobuf classes of the ONNX format (Debian: libonnx-dev). Makes the target ONNXProto::ONNXProto.
find_path(ONNXProto_INCLUDE_DIR onnx/onnx_pb.h)
find_library(ONNXProto_LIBRARY NAMES onnx_proto)
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ONNXProto REQUIRED_VARS ONNXProto_LIBRARY ONNXProto_INCLUDE_DIR)
if(ONNXProto_FOUND AND NOT TARGET ONNXProto::ONNXProto)
  add_library(ONNXProto::ONNXProto UNKNOWN IMPORTED)
  set_target_properties(ONNXProto::ONNXProto PROPERTIES IMPORTED_LOCATION "${ONNXProto_LIBRARY}"
    INTERFACE_INCLUDE_DIRECTORIES "${ONNXProto_INCLUDE_DIR}"
    INTERFACE_COMPILE_DEFINITIONS "ONNX_ML;ONNX_NAMESPACE=onnx"
    INTERFACE_LINK_LIBRARIES protobuf::libprotobuf)
endif()
