# What is installed, and how others find it: CMake's find_package(onerun) and pkg-config's onerun.pc.

include_guard()
include(CMakePackageConfigHelpers)

set(ONERUN_CMAKE_DIR "${CMAKE_INSTALL_LIBDIR}/cmake/onerun")

install(
  TARGETS onerun
  EXPORT onerun-targets
  RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}"
  LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}"
  ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
install(DIRECTORY "${PROJECT_SOURCE_DIR}/include/onerun" DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(
  EXPORT onerun-targets
  NAMESPACE onerun::
  DESTINATION "${ONERUN_CMAKE_DIR}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/onerun-config.cmake.in" "${PROJECT_BINARY_DIR}/onerun-config.cmake"
  INSTALL_DESTINATION "${ONERUN_CMAKE_DIR}")
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/onerun-config-version.cmake"
  VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/onerun-config.cmake"
              "${PROJECT_BINARY_DIR}/onerun-config-version.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindCAF.cmake" DESTINATION "${ONERUN_CMAKE_DIR}")

# A shared library brings what it needs by itself; who links the static one must link that too.
set(ONERUN_PC_REQUIRES "rocksdb spdlog prometheus-cpp-core")
set(ONERUN_PC_LIBS "-lcaf_core -pthread")
if(BUILD_SHARED_LIBS)
  set(ONERUN_PC_DEPENDENCIES
      "Requires.private: ${ONERUN_PC_REQUIRES}\nLibs: -L\${libdir} -lonerun\nLibs.private: ${ONERUN_PC_LIBS}"
  )
else()
  set(ONERUN_PC_DEPENDENCIES
      "Requires: ${ONERUN_PC_REQUIRES}\nLibs: -L\${libdir} -lonerun ${ONERUN_PC_LIBS}")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/onerun.pc.in" "${PROJECT_BINARY_DIR}/onerun.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/onerun.pc" DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
