# `cmake --install BUILD --prefix PREFIX`: the program, the library, its headers and CMake package, man pages and
# completion where there are some. BUILD/install_manifest.txt lists what was installed (CONTRIBUTING.md: how to remove it).
include(CMakePackageConfigHelpers)
set(_package ${CMAKE_INSTALL_LIBDIR}/cmake/kith)

# An ONNX Runtime that is not the system's comes along, where no other program finds it by accident.
if(NOT ONNXRuntime_LIBRARY MATCHES "^/(usr/)?lib")
  get_filename_component(_runtime "${ONNXRuntime_LIBRARY}" REALPATH)
  install(FILES "${_runtime}" DESTINATION ${CMAKE_INSTALL_LIBDIR}/kith RENAME libonnxruntime.so.1)
  get_filename_component(_runtime_root "${_runtime}/../.." ABSOLUTE)
  install(FILES "${_runtime_root}/LICENSE" DESTINATION ${CMAKE_INSTALL_DOCDIR} RENAME LICENSE.onnxruntime OPTIONAL)
endif()
set_target_properties(kith PROPERTIES INSTALL_RPATH "$ORIGIN/kith")
set_target_properties(kith_pictures kith_video PROPERTIES INSTALL_RPATH "$ORIGIN/..;$ORIGIN")
set_target_properties(kith_cli PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}/kith")

install(TARGETS kith EXPORT kith-targets LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(TARGETS kith_pictures kith_video LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/kith)  # src/media/modules.h
install(TARGETS kith_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/kith DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(EXPORT kith-targets NAMESPACE kith:: DESTINATION ${_package})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/kith-config.cmake.in ${PROJECT_BINARY_DIR}/kith-config.cmake
                              INSTALL_DESTINATION ${_package} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/kith-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/kith-config.cmake ${PROJECT_BINARY_DIR}/kith-config-version.cmake DESTINATION ${_package})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

configure_file(${PROJECT_SOURCE_DIR}/packaging/kith.service.in ${PROJECT_BINARY_DIR}/kith.service @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/kith.service DESTINATION lib/systemd/system)

# Man pages and completion come from the program's own tree of verbs.
set(_completions ${PROJECT_BINARY_DIR}/kith.bash ${PROJECT_BINARY_DIR}/kith.zsh ${PROJECT_BINARY_DIR}/kith.fish)
add_custom_command(OUTPUT ${PROJECT_BINARY_DIR}/man ${_completions}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${PROJECT_BINARY_DIR}/man
  COMMAND kith_cli help --man-dir ${PROJECT_BINARY_DIR}/man
  COMMAND kith_cli completion bash > ${PROJECT_BINARY_DIR}/kith.bash
  COMMAND kith_cli completion zsh > ${PROJECT_BINARY_DIR}/kith.zsh
  COMMAND kith_cli completion fish > ${PROJECT_BINARY_DIR}/kith.fish
  DEPENDS kith_cli VERBATIM)
add_custom_target(kith_manual ALL DEPENDS ${PROJECT_BINARY_DIR}/man ${_completions})
# Everything that is installed, without tests and benchmarks: what ./demo.sh builds.
add_custom_target(kith_product DEPENDS kith kith_cli kith_pictures kith_video kith_manual)
install(DIRECTORY ${PROJECT_BINARY_DIR}/man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PROJECT_BINARY_DIR}/kith.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME kith)
install(FILES ${PROJECT_BINARY_DIR}/kith.zsh DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions RENAME _kith)
install(FILES ${PROJECT_BINARY_DIR}/kith.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
