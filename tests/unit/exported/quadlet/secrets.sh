# The secrets of the instances, for a shell: . ./secrets.sh
export API_KEY=sk-a-key-nobody-may-see
export AI_PROXY_N_CODE_814A22C8_API_KEY=sk-a-key-nobody-may-see
export AI_PROXY_N_CODE_814A22C8_EXTRA_1='hush $HOME '"'"'of'"'"' "all"'
