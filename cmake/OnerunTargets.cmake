# How the folders of onerun become targets. Each folder is an object library, onerun-<folder>, that may
# use those below it; together they are the library that users link, onerun::onerun.

include_guard()

# Compile options for everything of ours, and for nobody else.
add_library(onerun-build-flags INTERFACE)
target_compile_features(onerun-build-flags INTERFACE cxx_std_20)
target_compile_options(
  onerun-build-flags
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wnon-virtual-dtor
            -Wold-style-cast
            -Wundef)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 sees overlapping copies in every concatenation of strings (its bug 105651).
  target_compile_options(onerun-build-flags INTERFACE -Wno-restrict)
endif()
if(ONERUN_SANITIZE)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # The code that sanitizers add makes gcc 12 see uninitialised values where there are none.
    target_compile_options(onerun-build-flags INTERFACE -Wno-maybe-uninitialized)
  endif()
  target_compile_options(
    onerun-build-flags INTERFACE -fsanitize=${ONERUN_SANITIZE} -fno-omit-frame-pointer
                                 -fno-sanitize-recover=all)
  target_link_options(onerun-build-flags INTERFACE -fsanitize=${ONERUN_SANITIZE})
endif()

# CAF, for the one folder that uses it and its tests. The end marker of CAF's queues is not the object
# that its headers cast it to, and is never used as one; the check of virtual tables takes offence.
add_library(onerun-caf INTERFACE)
if(ONERUN_SANITIZE MATCHES "undefined")
  target_compile_options(onerun-caf INTERFACE -fno-sanitize=vptr)
endif()

macro(onerun_find_dependencies)
  find_package(Threads REQUIRED)
  find_package(RocksDB 7.8 REQUIRED)
  find_package(spdlog 1.10 REQUIRED)
  find_package(nlohmann_json 3.11 REQUIRED)
  find_package(prometheus-cpp REQUIRED COMPONENTS core pull) # its package does not tell its version
  find_package(CAF 0.17.6 REQUIRED)
  target_link_libraries(onerun-caf INTERFACE CAF::core)
endmacro()

# onerun_add_folder(<folder> SOURCES <files> [USES <folders>] [LINK <targets>])
function(onerun_add_folder folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;USES;LINK")
  set(target onerun-${folder})
  add_library(${target} OBJECT ${arg_SOURCES})
  set_target_properties(
    ${target}
    PROPERTIES POSITION_INDEPENDENT_CODE ON
               CXX_VISIBILITY_PRESET hidden
               VISIBILITY_INLINES_HIDDEN ON)
  target_include_directories(${target} PUBLIC "${PROJECT_SOURCE_DIR}"
                                              "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(${target} PRIVATE onerun-build-flags ${arg_LINK})
  foreach(used IN LISTS arg_USES)
    target_link_libraries(${target} PRIVATE onerun-${used})
  endforeach()
endfunction()

set(ONERUN_FOLDERS core store metrics actors runtime)
set(ONERUN_PRIVATE_LIBRARIES RocksDB::rocksdb-shared prometheus-cpp::core spdlog::spdlog CAF::core
                             Threads::Threads)

# The library that users link.
function(onerun_add_library)
  add_library(onerun)
  add_library(onerun::onerun ALIAS onerun)
  foreach(folder IN LISTS ONERUN_FOLDERS)
    target_sources(onerun PRIVATE $<TARGET_OBJECTS:onerun-${folder}>)
  endforeach()
  target_compile_features(onerun PUBLIC cxx_std_20)
  target_include_directories(onerun PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(onerun PRIVATE $<BUILD_INTERFACE:onerun-build-flags>
                                       ${ONERUN_PRIVATE_LIBRARIES})
  set_target_properties(onerun PROPERTIES VERSION ${PROJECT_VERSION}
                                          SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
endfunction()

# What tests and benchmarks link: everything, with nothing hidden. Made once.
function(onerun_add_internal_library)
  if(TARGET onerun-internal)
    return()
  endif()
  add_library(onerun-internal STATIC)
  foreach(folder IN LISTS ONERUN_FOLDERS)
    target_sources(onerun-internal PRIVATE $<TARGET_OBJECTS:onerun-${folder}>)
  endforeach()
  target_include_directories(onerun-internal PUBLIC "${PROJECT_SOURCE_DIR}"
                                                    "${PROJECT_SOURCE_DIR}/include")
  target_link_libraries(onerun-internal PUBLIC onerun-build-flags onerun-caf
                                               ${ONERUN_PRIVATE_LIBRARIES})
endfunction()
